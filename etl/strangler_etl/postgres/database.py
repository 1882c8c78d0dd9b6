"""A connection to PostgreSQL 13 or newer."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

from strangler_etl.engine.database import CopyingDatabase, Upsert
from strangler_etl.engine.key_actions import KeyAction, Shape
from strangler_etl.engine.key_histogram import KeyHistogram
from strangler_etl.engine.outside_references import OutsideReference
from strangler_etl.engine.schema import AwayKey, Column, Reference, SecondaryIndex, Table, UnindexedReference, UniqueKey
from strangler_etl.engine.session import Row, Value, text
from strangler_etl.errors import DuplicateRowError
from strangler_etl.postgres import catalogue, definitions, key_actions, unique_keys
from strangler_etl.postgres.fence import PostgresFence
from strangler_etl.postgres.fingerprints import fingerprints
from strangler_etl.postgres.journal import PostgresJournal
from strangler_etl.postgres.key_histogram import key_histogram
from strangler_etl.postgres.loading import CopyForm, Loading, insert_over
from strangler_etl.postgres.numbering import advance, sequence_of
from strangler_etl.postgres.outside_references import leaving_references, outside_references
from strangler_etl.postgres.reference_comparison import comparing
from strangler_etl.postgres.run_lock import PostgresRunLock
from strangler_etl.postgres.session import PostgresSession
from strangler_etl.values.interim import Interim, interim_values

_COPY_BYTES = 1 << 16
_STAGE = "strangler_stage"
_NUMBERS = ("smallint", "integer", "bigint")
_INSTALL_LOCK = 7_283_640_117
"""Keeps two processes that install at the same time from failing on the catalogue's unique indexes."""


class PostgresDatabase(PostgresSession, CopyingDatabase):
    """A PostgreSQL database: its schema, and reading and writing whole rows."""

    @property
    def journal(self) -> PostgresJournal:
        return PostgresJournal(self)

    @property
    def fence(self) -> PostgresFence:
        return PostgresFence(self)

    @property
    def run_lock(self) -> PostgresRunLock:
        return PostgresRunLock(self)

    # --- schema ---

    def table_names(self) -> Sequence[str]:
        return [str(name) for (name,) in self.rows(catalogue.TABLE_NAMES)]

    def tables(self, names: Iterable[str]) -> Mapping[str, Table]:
        wanted = list(names)
        columns: dict[str, dict[str, Column]] = {}
        for table, name, type_, optional, nullable, computed in self.rows(catalogue.TABLES, [wanted]):
            found = Column(str(name), str(type_), bool(optional), bool(nullable), bool(computed))
            columns.setdefault(str(table), {})[found.name] = found
        unique: dict[str, set[str]] = {}
        for table, column in self.rows(catalogue.UNIQUE_COLUMNS, [wanted]):
            unique.setdefault(str(table), set()).add(str(column))
        keys: dict[str, tuple[str, ...]] = {}
        for table, column in self.rows(catalogue.KEY_COLUMNS, [wanted]):
            keys[str(table)] = (*keys.get(str(table), ()), str(column))
        for away in self.keys_away():
            if len(away.columns) == 1:
                unique.setdefault(away.table, set()).update(away.columns)
            if away.primary:
                keys.setdefault(away.table, away.columns)
        parents: dict[str, set[str]] = {}
        for table, parent in self.rows(catalogue.PARENTS, [wanted]):
            parents.setdefault(str(table), set()).add(str(parent))
        return {
            name: Table(
                name, found, keys.get(name, ()), frozenset(unique.get(name, ())), frozenset(parents.get(name, ()))
            )
            for name, found in columns.items()
        }

    def fingerprints(self, tables: Sequence[str], columns: Collection[str]) -> Mapping[str, str]:
        return fingerprints(self, tables, columns)

    def identity(self, table: str) -> str | None:
        ((found,),) = self.rows("SELECT to_regclass(%s)::oid::text", [self.quoted(table)])
        return text(found)

    def unindexed_references(self, parents: Sequence[str]) -> Sequence[UnindexedReference]:
        with self._errors():
            found = self._connection.execute(catalogue.UNINDEXED_REFERENCES, [list(parents)]).fetchall()
        return [UnindexedReference(table, tuple(columns), parent, mend) for table, columns, parent, mend in found]

    def secondary_indexes(self, table: str) -> Sequence[SecondaryIndex]:
        found = self.rows(catalogue.SECONDARY_INDEXES, [self.quoted(table)])
        return [SecondaryIndex(*map(str, row)) for row in found]

    def keeping_apart(self, table: str) -> Sequence[Sequence[str]]:
        found = self.rows(catalogue.KEEPING_APART, [self.quoted(table)])
        return [json.loads(str(columns)) for (columns,) in found]

    def folds(self, table: str, columns: Sequence[str]) -> bool:
        return bool(self.rows(catalogue.FOLDS, [self.quoted(table), list(columns)]))

    def unique_keys(self, tables: Sequence[str]) -> Sequence[UniqueKey]:
        return unique_keys.unique_keys(self, tables)

    def keys_away(self) -> Sequence[AwayKey]:
        return unique_keys.keys_away(self)

    def references(self, tables: Sequence[str]) -> Sequence[Reference]:
        with self._errors():
            found = self._connection.execute(catalogue.REFERENCES, [list(tables)]).fetchall()
        return [Reference(*row) for row in found]

    def outside_references(self, tables: Sequence[str]) -> Sequence[OutsideReference]:
        return outside_references(self, tables)

    def leaving_references(self, tables: Sequence[str]) -> Sequence[OutsideReference]:
        return leaving_references(self, tables)

    def comparing(self, table: str, parent: str) -> AbstractContextManager[None]:
        return comparing(self, table, parent)

    def triggered(self, tables: Sequence[str]) -> frozenset[str]:
        return frozenset(str(name) for (name,) in self.rows(catalogue.TRIGGERED, [list(tables)]))

    def foreign_keys(self) -> Sequence[KeyAction]:
        return key_actions.foreign_keys(self)

    def shape(self, table: str) -> Shape:
        return key_actions.shape_of(self, table)

    def unchecked(self) -> AbstractContextManager[None]:
        return nullcontext()

    def install(self) -> None:
        with self.transaction():
            self.execute("SELECT pg_advisory_xact_lock(%s)", [_INSTALL_LOCK])
            self.execute(definitions.SCHEMA)

    @property
    def installed(self) -> bool:
        return self.rows("SELECT to_regclass('strangler.authority') IS NOT NULL") == [(True,)]

    # --- rows ---

    def check_references(self, written: Upsert) -> None:
        self.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")

    def put(
        self,
        table: str,
        key: Sequence[str],
        columns: Sequence[str],
        rows: Sequence[Row],
        *,
        initial: Collection[str] = (),
    ) -> int:
        values = f"VALUES ({', '.join(['%s'] * len(columns))})"
        statement = self._insert_over(table, key, columns, values, initial)
        with self._errors(), self._connection.cursor() as cursor:
            cursor.executemany(statement.encode(), rows)
            return cursor.rowcount if rows else 0

    def _insert_over(
        self, table: str, key: Sequence[str], columns: Sequence[str], rows: str, initial: Collection[str]
    ) -> str:
        key, columns, initial = ([*map(self.quoted, names)] for names in (key, columns, initial))
        return insert_over(table, key, columns, rows, initial)

    def copy_out(self, sql: str, parameters: Sequence[Value]) -> Iterator[bytes]:
        statement = f"COPY ({sql}) TO STDOUT".encode()
        # In a savepoint of its own: an abandoned copy must not abort the transaction.
        with self.transaction(), self._connection.cursor() as cursor, cursor.copy(statement, parameters) as copy:
            block = bytearray()
            for row in copy:
                block += row
                if len(block) >= _COPY_BYTES:
                    yield bytes(block)
                    block.clear()
            yield bytes(block)

    def copy_in(self, table: str, columns: Sequence[str], blocks: Iterable[bytes]) -> int:
        with self.loading(table, columns) as write:
            for block in blocks:
                write(block)
        return write.rows

    def load(self, into: Upsert, write: Callable[[Loading], None], form: CopyForm = CopyForm.TEXT) -> int:
        """Insert the rows that `write` writes, or change those whose key exists; return how many. In a transaction.

        The rows are as described by `into`, which contains none. `write` is called again where a row exists already:
        that costs more, and happens only if a follower was faster.
        """
        try:
            with self.loading(into.table, into.columns, form=form) as loading:
                write(loading)
        except DuplicateRowError:
            with self.loading_over(into, form=form) as loading:
                write(loading)
        return loading.rows

    @contextmanager
    def loading(self, table: str, columns: Sequence[str], *, form: CopyForm = CopyForm.TEXT) -> Generator[Loading]:
        """Insert rows that the block writes in the format of COPY; DuplicateRowError when one exists already.

        What was inserted is rolled back when the block raises.
        """
        statement = f"COPY {self.quoted(table)} ({', '.join(map(self.quoted, columns))}) FROM STDIN{form.value}"
        with self.transaction(), self._connection.cursor() as cursor:
            with cursor.copy(statement.encode()) as copy:
                loading = Loading(copy)
                yield loading
                loading.flush()
            loading.rows = cursor.rowcount

    @contextmanager
    def loading_over(self, into: Upsert, *, form: CopyForm = CopyForm.TEXT) -> Generator[Loading]:
        """Insert rows as `loading` does, or change those whose key exists; in a transaction."""
        names, table = ", ".join(map(self.quoted, into.columns)), self.quoted(into.table)
        with self.transaction():
            self.execute(f"CREATE TEMPORARY TABLE {_STAGE} ON COMMIT DROP AS SELECT {names} FROM {table} WITH NO DATA")
            with self.loading(_STAGE, into.columns, form=form) as loading:
                yield loading
            staged = f"SELECT {names} FROM pg_temp.{_STAGE}"
            self.execute(self._insert_over(table, into.key, into.columns, staged, into.initial))
            self.execute(f"DROP TABLE pg_temp.{_STAGE}")

    def _interim(self, table: str, column: Column, row: str) -> Iterable[Interim]:
        return interim_values(self, table, column, row)

    def _referred_to(self, table: str) -> bool:
        return bool(self.rows("SELECT 1 FROM pg_constraint WHERE confrelid = %s::regclass", [self.quoted(table)]))

    def analyze(self, tables: Sequence[str]) -> None:
        self.execute(f"ANALYZE {', '.join(map(self.quoted, tables))}")

    def key_histogram(self, table: str, column: str) -> KeyHistogram | None:
        return key_histogram(self, table, column)

    def next_number(self, table: str, key: str) -> int | None:
        sequence = sequence_of(self, self.quoted(table), key)
        if sequence is not None:
            return sequence.next
        if self.tables([table])[table].columns[key].type not in _NUMBERS:
            return None
        found = self.rows(f"SELECT coalesce(max({self.quoted(key)}), 0) + 1 FROM {self.quoted(table)}")
        return int(str(found[0][0]))

    def advance_number(self, table: str, key: str, next_number: int) -> None:
        advance(self, self.quoted(table), key, next_number)
