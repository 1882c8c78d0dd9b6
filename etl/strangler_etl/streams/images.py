"""Translates the records of a journal into rows of the service's tables, each as its table would hold it.

Before the cut-over the records are the monolith's. Each image passes through the mapping's own query, in place of the
row it shows, and then through the types of the service's table. So a row is the same, to the character, whichever side
has written it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from strangler.model.authority import Side
from strangler.model.errors import StranglerError
from strangler.model.events import ChangedRow
from strangler_etl.engine.database import Database
from strangler_etl.engine.journal import JournalRecord
from strangler_etl.engine.schema import Table
from strangler_etl.errors import DatabaseError
from strangler_etl.mapping.mapping import MappedTable, ServiceMapping
from strangler_etl.mapping.selects import forward_select
from strangler_etl.streams.errors import UnpublishableError

_NUMBER, _TAKEN, _WHOLE = "strangler_number", "strangler_taken", "strangler_whole"


@dataclass(frozen=True, slots=True)
class ReadRecord:
    """The number of a record and the rows that it changes: several where its table is split.

    Instead of rows it may name tables of the service that are `emptied`: the record does not say which rows they had.
    """

    number: int
    rows: tuple[ChangedRow, ...]
    emptied: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadRecords:
    """Consecutive records up to the first that cannot be published, if there is one: `fault` says why."""

    read: tuple[ReadRecord, ...]
    fault: StranglerError | None = None


@dataclass(frozen=True, slots=True)
class _Image:
    """A row of the target with the mapping's values, as a JSON object, and whether the mapping takes it."""

    taken: bool
    given: str


class _ColumnsChangedError(DatabaseError):
    """A row was journaled before its table got a column that is read of it."""

    def __init__(self, database: str, table: str) -> None:
        super().__init__(database, f"{table} has got or renamed columns since this row was changed")


@dataclass(frozen=True, slots=True)
class RowImages:
    """Reads records of both sides of a service; inside a snapshot of the side that wrote them."""

    source: Database
    target: Database
    mapping: ServiceMapping

    def read(self, side: Side, records: Sequence[JournalRecord], skipped: Iterable[str] = ()) -> ReadRecords:
        """What the records change, in order; records whose event id is in `skipped` change nothing."""
        left_out = frozenset(skipped)
        wanted = [one for one in records if record_id(side, one) not in left_out and not one.superseded]
        emptied = {one.number: self.emptied(side, one) for one in wanted if one.operation == "T"}
        unclear = next(
            (
                place
                for place, one in enumerate(wanted)
                if (one.key is None or one.image is None) and not emptied.get(one.number)
            ),
            None,
        )
        clear = wanted if unclear is None else wanted[:unclear]
        fault = None if unclear is None else self._unclear(side, wanted[unclear])
        try:
            rows = self._rows(side, [one for one in clear if one.number not in emptied])
        except StranglerError as error:
            if len(records) == 1:
                return ReadRecords((), self._unreadable(side, records[0], error))
            # One after the other, to find the record at fault.
            return self._one_by_one(side, records, left_out)
        until = records if unclear is None else records[: records.index(wanted[unclear])]
        return ReadRecords(
            tuple(
                ReadRecord(
                    one.number,
                    tuple(row for row in rows.get(one.number, ()) if row.event_id not in left_out),
                    emptied.get(one.number, ()),
                )
                for one in until
            ),
            fault,
        )

    def emptied(self, side: Side, record: JournalRecord) -> tuple[str, ...]:
        """The service's tables that have lost all their rows; empty where it may be only some of them."""
        if record.partial:
            return ()
        if side is Side.V2:
            return (record.table,)
        parts = [one for one in self.mapping.owned if one.source.name == record.table]
        names = tuple(dict.fromkeys(one.target.name for one in parts))
        others = [one.target.name for one in self.mapping.owned if one not in parts]
        return () if any(name in others for name in names) else names

    def _one_by_one(self, side: Side, records: Sequence[JournalRecord], skipped: frozenset[str]) -> ReadRecords:
        read: list[ReadRecord] = []
        for record in records:
            found = self.read(side, [record], skipped)
            read += found.read
            if found.fault is not None:
                return ReadRecords(tuple(read), found.fault)
        return ReadRecords(tuple(read))

    def _unclear(self, side: Side, record: JournalRecord) -> UnpublishableError:
        what = (
            f"rows of {record.table} were deleted by TRUNCATE: the journal does not say which they were"
            if record.operation == "T"
            else f"the journal does not say which row of {record.table} was changed"
        )
        emptied = record.operation == "T"
        return UnpublishableError(self.mapping.service, record_id(side, record), what, by_rows=emptied)

    def _unreadable(self, side: Side, record: JournalRecord, error: StranglerError) -> StranglerError:
        if isinstance(error, DatabaseError) and not _answers(self.target, self.source):
            return error
        what = f"the row {record.key} of {record.table} is no row of the service: {error.what}"
        by_rows = isinstance(error, _ColumnsChangedError)
        return UnpublishableError(self.mapping.service, record_id(side, record), what, by_rows=by_rows)

    def _rows(self, side: Side, records: Sequence[JournalRecord]) -> Mapping[int, Sequence[ChangedRow]]:
        rows: dict[int, list[ChangedRow]] = {}
        for name in dict.fromkeys(one.table for one in records):
            of_table = [one for one in records if one.table == name]
            found = self._mapped(name, of_table) if side is Side.V1 else self._own(name, of_table)
            for number, row in found:
                rows.setdefault(number, []).append(row)
        return rows

    def _own(self, table: str, records: Sequence[JournalRecord]) -> Iterable[tuple[int, ChangedRow]]:
        """Rows that the service itself has written; columns that it has dropped since are missing in them."""
        columns = frozenset(next(one.target for one in self.mapping.owned if one.target.name == table).columns)
        for record in records:
            image = str(record.image)
            if missing := columns - json.loads(image).keys():
                now = self.target.tables([table]).get(table)
                columns &= frozenset(now.columns if now is not None else columns)
                if missing & columns:
                    raise _ColumnsChangedError(self.target.address, table)
            yield record.number, _changed(Side.V2, record, table, str(record.key), image)

    def _mapped(self, source_table: str, records: Sequence[JournalRecord]) -> Iterable[tuple[int, ChangedRow]]:
        """Rows that the monolith has written, as the service has them."""
        parts = [one for one in self.mapping.owned if one.source.name == source_table]
        for part in parts:
            images = self._given(part, records)
            own = [column.target for column in part.columns]
            placed = [one for one in records if one.number in images]
            as_held = rows_of_table(
                self.target, part.target, own, part.key, [images[one.number].given for one in placed]
            )
            for record, (key, row) in zip(placed, as_held, strict=True):
                image = images[record.number]
                if not image.taken and record.operation != "U":
                    continue
                changed = _changed(Side.V1, record, part.target.name, key, row)
                if len(parts) > 1:
                    changed = replace(changed, event_id=f"{changed.event_id}.{part.name}")
                yield record.number, replace(changed, gone=changed.gone or not image.taken)

    def _given(self, part: MappedTable, records: Sequence[JournalRecord]) -> Mapping[int, _Image]:
        """The mapping's values for the images, by the numbers of their records."""
        source, name = self.source, self.source.quoted(part.source.name)
        select = forward_select(source, part)
        taken = f"coalesce(({select.where}), FALSE)" if select.where else "TRUE"
        query, parameters = replace(
            select,
            columns=(*select.columns, _NUMBER, _TAKEN, _WHOLE),
            expressions=(*select.expressions, f"{name}.{_NUMBER}", taken, f"{name}.{_WHOLE}"),
            where=None,
        ).between(source)
        needed = sorted({*part.source_key, *part.takes(part.source.name)})
        # The images take the place of the table that the query reads: a WITH name hides the table of that name.
        with source.transaction():
            found = source.rows(
                f"WITH {name} AS (SELECT held.*, seq AS {_NUMBER}, image ?& CAST(%s AS text[]) AS {_WHOLE}"
                f" FROM {source.own('journal')} CROSS JOIN LATERAL jsonb_populate_record(NULL::{name}, image) AS held"
                f" WHERE seq = ANY(%s))"
                f" SELECT {_NUMBER}, {_TAKEN}, {_WHOLE},"
                f" CAST(to_jsonb(given) - CAST(%s AS text[]) AS text) FROM ({query}) AS given",
                [needed, [one.number for one in records], [_NUMBER, _TAKEN, _WHOLE], *parameters],
            )
        if not all(whole for _, _, whole, _ in found):
            raise _ColumnsChangedError(source.address, part.source.name)
        return {int(str(number)): _Image(bool(taken), str(given)) for number, taken, _, given in found}


def rows_of_table(
    target: Database, table: Table, columns: Collection[str], key: Sequence[str], given: Sequence[str]
) -> Sequence[tuple[str, str]]:
    """Key and row of each of the JSON objects `given`, of these columns, as the table would hold it."""
    others = [name for name in table.columns if name not in columns]
    key_text = "row ->> (CAST(%s AS text[]))[1]" if len(key) == 1 else "strangler.key_of_parts(row, %s)"
    found = target.rows(
        f"SELECT {key_text}, CAST(row - CAST(%s AS text[]) AS text) FROM (SELECT place,"
        f" to_jsonb(jsonb_populate_record(NULL::{target.quoted(table.name)}, value)) AS row"
        f" FROM jsonb_array_elements(CAST(%s AS jsonb)) WITH ORDINALITY AS each (value, place)) AS rows ORDER BY place",
        [list(key), others, f"[{', '.join(given)}]"],
    )
    return [(str(text), str(row)) for text, row in found]


def record_id(side: Side, record: JournalRecord) -> str:
    """What the id of a record's event is derived from: side, transaction and number."""
    return f"{side}-{record.transaction}-{record.number}"


def _changed(side: Side, record: JournalRecord, table: str, key: str, row: str) -> ChangedRow:
    return ChangedRow(
        event_id=record_id(side, record),
        side=side,
        table=table,
        key=key,
        gone=record.operation == "D",
        row=row,
        changed_at=record.written_at,
        transaction=f"{side}-{record.transaction}",
        correlation=record.correlation,
        causation=record.causation,
    )


def _answers(*databases: Database) -> bool:
    try:
        return all(database.rows("SELECT 1") for database in databases)
    except DatabaseError:
        return False
