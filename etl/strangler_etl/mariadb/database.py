"""A connection to MariaDB 10.5 or newer, as the source of a copy."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress

import pymysql
from pymysql.constants import ER
from pymysql.cursors import Cursor, SSCursor

from strangler.secret import DatabaseUrl
from strangler_etl.engine.database import Database, Upsert
from strangler_etl.engine.key_actions import KeyAction, Shape
from strangler_etl.engine.outside_references import OutsideReference
from strangler_etl.engine.run_lock import RunLock
from strangler_etl.engine.schema import Reference, SecondaryIndex, Table, UnindexedReference
from strangler_etl.engine.session import Row, Value
from strangler_etl.errors import DatabaseError, LockTimeoutError, RowRefusedError
from strangler_etl.mariadb import definitions, schema_reader
from strangler_etl.mariadb.dialect import NAME
from strangler_etl.mariadb.fence import NoFence
from strangler_etl.mariadb.forms import derived_key_sql, exact_form, legible_form
from strangler_etl.mariadb.journal import UnkeptJournal
from strangler_etl.mariadb.opening import connected, said
from strangler_etl.values.conversions import Family, family_of

_STREAM_ROWS = 2_000
_WORTH_COUNTING = 100_000
_BUSY = frozenset({ER.LOCK_WAIT_TIMEOUT, ER.LOCK_DEADLOCK})


class MariaDBDatabase(Database):
    """MariaDB, and MySQL where it behaves the same, through PyMySQL."""

    placeholder = "%s"
    dialect = NAME
    kept_rows = " LOCK IN SHARE MODE"
    taken_rows = " FOR UPDATE"

    def __init__(self, url: DatabaseUrl) -> None:
        self._url = url
        self._address = str(url)
        self._connection, self._row_stream = connected(url)
        self._depth = 0
        with self._errors():
            self._run(definitions.SESSION)
        ((number, version),) = self.rows("SELECT CONNECTION_ID(), VERSION()")
        self._number = int(str(number))
        self._exactly = "utf8mb4_nopad_bin" if "MariaDB" in str(version) else "utf8mb4_0900_bin"

    def read_by_driver(self) -> None:
        """Let the driver read all rows itself, as it does where the connection is encrypted."""
        self._row_stream = None

    @property
    def address(self) -> str:
        return self._address

    @property
    def journal(self) -> UnkeptJournal:
        return UnkeptJournal(self)

    @property
    def fence(self) -> NoFence:
        return NoFence(self)

    @property
    def run_lock(self) -> RunLock:
        raise self._source_only()

    def forbid_hidden_rows(self) -> None:
        """Change nothing: this engine hides no rows."""

    def close(self) -> None:
        with suppress(pymysql.MySQLError):
            self._connection.close()

    # --- statements ---

    def rows(self, sql: str, parameters: Sequence[Value] | None = None) -> list[Row]:
        with self._errors(), closing(self._connection.cursor()) as cursor:
            cursor.execute(sql, _given(parameters))
            found = list(cursor.fetchall())
            self._require_unwarned(cursor)
        return found

    def stream(self, sql: str, parameters: Sequence[Value] | None = None) -> Iterator[Row]:
        with closing(self.blocks(sql, parameters)) as blocks:
            for rows in blocks:
                yield from rows

    def blocks(self, sql: str, parameters: Sequence[Value] | None = None) -> Generator[Sequence[Row]]:
        """Run a query and yield its rows in batches; nothing else may be asked before the last is read."""
        with self._errors(), closing(self._connection.cursor(SSCursor)) as cursor:
            cursor.execute(sql, _given(parameters))
            while rows := cursor.fetchmany(_STREAM_ROWS):
                yield rows
            self._require_unwarned(cursor)

    def lines(self, sql: str, parameters: Sequence[Value]) -> Generator[Sequence[bytes]]:
        """Run a query whose one column is a text, never NULL, and yield its rows as UTF-8, like `blocks`."""
        stream = self._row_stream
        if stream is None:
            with closing(self.blocks(sql, parameters)) as blocks:
                for rows in blocks:
                    yield [str(line).encode() for (line,) in rows if line is not None]
            return
        with self._errors(), closing(self._connection.cursor(SSCursor)) as cursor:
            cursor.execute(sql, _given(parameters))
            try:
                yield from stream.rows()
            except OSError as error:
                raise DatabaseError(self._address, str(error)) from error
            finally:
                # Unwanted rows must be read all the same.
                with suppress(OSError):
                    for _ in stream.rows():
                        pass
            cursor.fetchone()
            self._require_unwarned(cursor)

    def execute(self, sql: str, parameters: Sequence[Value] | None = None) -> int:
        with self._errors():
            return self._run(sql, parameters)

    def _run(self, sql: str, parameters: Sequence[Value] | None = None) -> int:
        with closing(self._connection.cursor()) as cursor:
            return cursor.execute(sql, _given(parameters))

    def _require_unwarned(self, cursor: Cursor) -> None:
        """Raise an error for a warning: a query that cannot convert a value substitutes another one, and warns."""
        if not cursor.warning_count:
            return
        with closing(self._connection.cursor()) as said:
            said.execute("SHOW WARNINGS")
            for level, _, what in said.fetchall():
                if level != "Note":
                    raise RowRefusedError(self._address, str(what))

    def cancel(self) -> None:
        with suppress(DatabaseError, pymysql.MySQLError), closing(connected(self._url)[0]) as other:
            other.cursor().execute(f"KILL QUERY {self._number}")

    @contextmanager
    def transaction(self, *, applying: bool = False) -> Generator[None]:
        with self._block("START TRANSACTION"):
            yield

    @contextmanager
    def snapshot(self) -> Generator[None]:
        self.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        with self._block("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"):
            yield

    @contextmanager
    def _block(self, begin: str) -> Generator[None]:
        point = f"strangler_{self._depth}"
        first = self._depth == 0
        self.execute(begin if first else f"SAVEPOINT {point}")
        self._depth += 1
        try:
            yield
            self.execute("COMMIT" if first else f"RELEASE SAVEPOINT {point}")
        except BaseException:
            # If the connection is gone, so is the transaction.
            with suppress(DatabaseError):
                self.execute("ROLLBACK" if first else f"ROLLBACK TO SAVEPOINT {point}")
            raise
        finally:
            self._depth -= 1

    @contextmanager
    def locked(self, tables: Sequence[str], seconds: float) -> Generator[None]:
        raise self._source_only()
        yield

    def check_references(self, written: Upsert) -> None:
        """Do nothing: InnoDB has checked them already."""

    @contextmanager
    def patience(self, seconds: float) -> Generator[None]:
        self.execute(f"SET SESSION innodb_lock_wait_timeout = {max(1, round(seconds))}, max_statement_time = {seconds}")
        try:
            yield
        finally:
            with suppress(DatabaseError):
                self.execute("SET SESSION innodb_lock_wait_timeout = DEFAULT, max_statement_time = 0")

    def quoted(self, name: str) -> str:
        return "`" + name.replace("`", "``") + "`"

    def own(self, name: str) -> str:
        return f"strangler_{name}"

    def escaped(self, sql: str) -> str:
        return sql.replace("%", "%%")

    def insert_new(self, table: str, columns: Sequence[str], key: str) -> str:
        marks = ", ".join([self.placeholder] * len(columns))
        # Not IGNORE, which suppresses all errors.
        return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks}) ON DUPLICATE KEY UPDATE {key} = {key}"

    def typed(self, expression: str, type_: str) -> str:
        # A number that is compared with a text is compared as a real number, without its index.
        match family_of(type_):
            case Family.WHOLE | Family.TRUTH:
                return f"CAST({expression} AS SIGNED)"
            case Family.NUMBER if "(" in type_:
                return f"CAST({expression} AS {type_.replace('numeric', 'DECIMAL')})"
            case Family.BYTES:
                return f"UNHEX({expression})"
            case _:
                return expression

    def as_text(self, expression: str, type_: str) -> str:
        if family_of(type_) is Family.BYTES:
            return f"HEX({expression})"
        # Not in the connection's collation, which may take different keys for equal, nor in one that ignores trailing
        # blanks.
        return f"CAST({expression} AS CHAR) COLLATE {self._exactly}"

    def exact(self, expression: str, type_: str | None) -> str:
        return exact_form(expression, type_)

    def legible(self, expression: str, type_: str) -> str:
        return legible_form(expression, type_)

    def characters(self, expression: str) -> str:
        return f"CHAR_LENGTH({expression})"

    def derived_key(self, table: str, expression: str) -> str:
        return derived_key_sql(table, expression)

    def as_key(self, expression: str) -> str:
        return expression

    def any_of(self, expression: str, type_: str, keys: Sequence[str]) -> tuple[str, Sequence[Value]]:
        if not keys:
            return "FALSE", ()
        marks = ", ".join([self.typed(self.placeholder, type_)] * len(keys))
        return f"{expression} IN ({marks})", keys

    def any_row_of(
        self, columns: Sequence[tuple[str, str]], keys: Sequence[Sequence[str]]
    ) -> tuple[str, Sequence[Value]]:
        if not keys:
            return "FALSE", ()
        # Not rows IN rows, which may read the whole table.
        equal = (f"{expression} = {self.typed(self.placeholder, type_)}" for expression, type_ in columns)
        each = f"({' AND '.join(equal)})"
        return " OR ".join([each] * len(keys)), [part for key in keys for part in key]

    def compared_rows(
        self, expressions: Sequence[str], operator: str, values: Sequence[str], given: Sequence[str]
    ) -> tuple[str, Sequence[Value]]:
        # Comparing rows uses no index (https://mariadb.com/kb/en/comparison-operators/), so it is spelled out.
        (expression, *later), (value, *values_later), (key, *keys_later) = expressions, values, given
        if not later:
            return f"{expression} {operator} {value}", [key]
        rest, parameters = self.compared_rows(later, operator, values_later, keys_later)
        return f"({expression} {operator[0]} {value} OR ({expression} = {value} AND {rest}))", [key, key, *parameters]

    def concatenated(self, texts: Sequence[str]) -> str:
        return f"CONCAT({', '.join(texts)})"

    def estimate(self, sql: str, parameters: Sequence[Value]) -> int:
        with self._errors(), closing(self._connection.cursor()) as cursor:
            cursor.execute(f"EXPLAIN {sql}", _given(parameters))
            names = [name for name, *_ in cursor.description or ()]
            plan = cursor.fetchall()
        planned = int(str(plan[0][names.index("rows")] or 0)) if plan else 0
        return planned if planned > _WORTH_COUNTING else super().estimate(sql, parameters)

    # --- schema ---

    def table_names(self) -> Sequence[str]:
        return schema_reader.table_names(self)

    def tables(self, names: Iterable[str]) -> Mapping[str, Table]:
        return schema_reader.tables(self, names)

    def fingerprints(self, tables: Sequence[str], columns: Collection[str]) -> Mapping[str, str]:
        return schema_reader.fingerprints(self, tables, columns)

    def identity(self, table: str) -> str | None:
        raise self._source_only()

    def unindexed_references(self, parents: Sequence[str]) -> Sequence[UnindexedReference]:
        # InnoDB makes an index for every foreign key.
        return ()

    def secondary_indexes(self, table: str) -> Sequence[SecondaryIndex]:
        return schema_reader.secondary_indexes(self, table)

    # Nothing is copied into MariaDB, or deleted from it.

    def references(self, tables: Sequence[str]) -> Sequence[Reference]:
        return ()

    def outside_references(self, tables: Sequence[str]) -> Sequence[OutsideReference]:
        return ()

    def leaving_references(self, tables: Sequence[str]) -> Sequence[OutsideReference]:
        return ()

    def triggered(self, tables: Sequence[str]) -> frozenset[str]:
        raise self._source_only()

    def foreign_keys(self) -> Sequence[KeyAction]:
        raise self._source_only()

    def shape(self, table: str) -> Shape:
        raise self._source_only()

    def unchecked(self) -> AbstractContextManager[None]:
        return nullcontext()

    def install(self) -> None:
        # Each of these statements ends the open transaction.
        if not self.installed:
            for statement in definitions.SCHEMA:
                self.execute(statement)

    @property
    def installed(self) -> bool:
        return self.rows(definitions.INSTALLED) == [(len(definitions.SCHEMA),)]

    # --- rows ---

    def put(
        self,
        table: str,
        key: Sequence[str],
        columns: Sequence[str],
        rows: Sequence[Row],
        *,
        initial: Collection[str] = (),
    ) -> int:
        raise self._source_only()

    def _referred_to(self, table: str) -> bool:
        return schema_reader.referred_to(self, table)

    def analyze(self, tables: Sequence[str]) -> None:
        for name in tables:
            self.rows(f"ANALYZE TABLE {self.quoted(name)}")

    def next_number(self, table: str, key: str) -> int | None:
        raise self._source_only()

    def advance_number(self, table: str, key: str, next_number: int) -> None:
        raise self._source_only()

    def _source_only(self) -> DatabaseError:
        return DatabaseError(self._address, "strangler reads MariaDB and MySQL, and writes no rows of services to them")

    @contextmanager
    def _errors(self) -> Generator[None]:
        try:
            yield
        except pymysql.MySQLError as error:
            code = error.args[0] if error.args else None
            if code in _BUSY:
                raise LockTimeoutError(self._address, said(error)) from error
            if isinstance(error, pymysql.DataError | pymysql.IntegrityError):
                raise RowRefusedError(self._address, said(error)) from error
            raise DatabaseError(self._address, said(error)) from error


def _given(parameters: Sequence[Value] | None) -> tuple[Value, ...] | None:
    return None if parameters is None else tuple(parameters)
