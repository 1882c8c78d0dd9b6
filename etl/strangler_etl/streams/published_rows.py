"""The rows as consumers were last told of them, which is how to tell of deletions that left no record.

They are kept in the service's own database, by the transactions that publish. The columns are those of the service's
tables, even where fewer are published.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from strangler.model.authority import Side
from strangler.model.events import ChangedRow
from strangler_etl.engine.database import Database
from strangler_etl.engine.session import Value

_TABLE = "strangler.published_row"
_OF_SERVICE = "service = %s AND table_name = %s"


@dataclass(frozen=True, slots=True)
class PublishedRow:
    """A row by table and key, as it was last published."""

    table: str
    key: str
    row: str

    def gone(self, event_id: str, side: Side, changed_at: float, transaction: str) -> ChangedRow:
        """The deletion of the row, as a `ChangedRow`."""
        return ChangedRow(
            event_id,
            side,
            self.table,
            self.key,
            gone=True,
            row=self.row,
            changed_at=changed_at,
            transaction=transaction,
        )


class PublishedRows:
    """The rows of a service that consumers know; call everything except `last` inside the publishing transaction."""

    def __init__(self, target: Database, service: str) -> None:
        self._target = target
        self._service = service

    def note(self, told: Iterable[ChangedRow]) -> None:
        """Record what was published, in its order."""
        last = {(one.table, one.key): one for one in told}
        self.forget([key for key, one in last.items() if one.gone])
        there = [one for one in last.values() if not one.gone]
        if there:
            self._target.execute(
                # Not as arrays: the driver would escape each quotation mark in Python.
                f"INSERT INTO {_TABLE} (service, table_name, key, row)"
                " SELECT %s, named ->> 0, named ->> 1, named ->> 2 FROM json_array_elements(CAST(%s AS json)) AS named"
                " ON CONFLICT (service, table_name, key) DO UPDATE SET row = excluded.row, told = excluded.told",
                [self._service, msgspec.json.encode([(one.table, one.key, one.row) for one in there]).decode()],
            )

    def keep(self, rows: Sequence[tuple[str, str]]) -> None:
        """Record that rows, by table and key, still exist, though nothing was published of them."""
        self._of(f"UPDATE {_TABLE} AS known SET told = nextval('strangler.published_row_told') FROM", rows)

    def forget(self, rows: Sequence[tuple[str, str]]) -> None:
        """Record that rows, by table and key, are gone for consumers."""
        self._of(f"DELETE FROM {_TABLE} AS known USING", rows)

    def last(self, table: str, key: str) -> str | None:
        """A row as it was last published; None where consumers do not know it."""
        found = self._target.rows(f"SELECT row FROM {_TABLE} WHERE {_OF_SERVICE} AND key = %s", self._named(table, key))
        return str(found[0][0]) if found else None

    def now(self) -> int:
        """A number below that of everything recorded from now on. Nobody else may publish meanwhile."""
        return int(str(self._target.rows("SELECT nextval('strangler.published_row_told')")[0][0]))

    def known(
        self, table: str, most: int, *, before: int | None = None, after: str | None = None, key: str | None = None
    ) -> Sequence[PublishedRow]:
        """Rows of a table by key, from behind `after`: those recorded `before` a number, or only the one with `key`."""
        found = self._target.rows(
            f"SELECT key, row FROM {_TABLE} WHERE {_OF_SERVICE}"
            " AND (CAST(%s AS bigint) IS NULL OR told < %s) AND (CAST(%s AS text) IS NULL OR key > %s)"
            " AND (CAST(%s AS text) IS NULL OR key = %s) ORDER BY key LIMIT %s",
            [*self._named(table), before, before, after, after, key, key, most],
        )
        return [PublishedRow(table, str(each), str(row)) for each, row in found]

    def forget_all(self) -> None:
        """Forget all rows of the service: nothing of it is published any more."""
        self._target.execute(f"DELETE FROM {_TABLE} WHERE service = %s", [self._service])

    def _named(self, *values: Value) -> list[Value]:
        return [self._service, *values]

    def _of(self, statement: str, rows: Sequence[tuple[str, str]]) -> None:
        if rows:
            self._target.execute(
                f"{statement} unnest(CAST(%s AS text[]), CAST(%s AS text[])) AS named (name, key)"
                " WHERE known.service = %s AND known.table_name = named.name AND known.key = named.key",
                [*_columns(rows), self._service],
            )


def _columns(rows: Iterable[tuple[str, ...]]) -> list[Value]:
    return [list(column) for column in zip(*rows, strict=True)]
