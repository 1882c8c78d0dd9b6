"""What was copied, compared and deleted, table by table, with the sum in the last line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType
from rich.text import Text

from strangler.model.authority import Side
from strangler.model.quantity import quantity
from strangler_etl.copying.backfill import CopiedTable
from strangler_etl.refreshing.refresh import RefreshedTable
from strangler_etl.run.rejects import Reject
from strangler_etl.verification.comparison import ColumnDifference, Difference
from strangler_etl.verification.verification import Verification, VerifiedTable

_LISTED = 10
"""So many rows of a table that were set aside are told one by one."""


@dataclass(frozen=True, slots=True)
class CopiedTables:
    """``reviews_review -> review      11,998 rows      48,211/s``; `seconds` is the time of the whole run."""

    service: str
    tables: Sequence[CopiedTable]
    seconds: float
    refreshed: Sequence[RefreshedTable] = ()
    """What was compared of tables that were copied before."""

    @property
    def mended(self) -> int:
        """How many rows of these were written anew, or deleted, by comparing them or by the journal."""
        return sum(table.written + table.deleted + table.followed for table in self.refreshed)

    @property
    def copied(self) -> int:
        """The rows of this run."""
        return sum(table.copied for table in self.tables)

    @property
    def set_aside(self) -> int:
        """The rows that do not fit the target."""
        return sum(len(table.rejects) for table in self.tables)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """Yield the lines."""
        width = max((len(table.target) for table in self.refreshed), default=0)
        for refreshed in self.refreshed:
            yield _line(_refreshed_line(refreshed, width))
        compared = {table.target for table in self.refreshed}
        copied = [table for table in self.tables if table.copied or table.target not in compared]
        names = [f"{table.source} -> {table.target}" for table in copied]
        width = max(map(len, names), default=0)
        for name, table in zip(names, copied, strict=True):
            yield _line(f"{name:<{width}}  {table.rows:>12,} rows  {_rate(table):>14}")
        for table in self.tables:
            yield from _reject_lines(table.rejects)
        rate = f", {self.copied / self.seconds:,.0f}/s" if self.copied and self.seconds else ""
        aside = f"; {quantity(self.set_aside, 'row')} set aside" if self.set_aside else ""
        mended = f"{quantity(self.mended, 'row')} mended, " if self.refreshed else ""
        yield _line(
            f"{self.service}: {mended}{quantity(self.copied, 'row')} copied in {self.seconds:.1f} s{rate}{aside}"
        )
        if aside:
            yield _mend_line(self.service)


_SHOWN = 20
"""So many differences of a table are printed as lines."""


@dataclass(frozen=True, slots=True)
class VerificationLines:
    """Every difference with its key, then what was compared; values only where they are asked for.

    After a repair what differs is what it could not mend.
    """

    found: Verification
    show_values: bool
    repaired: bool = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """Yield the lines."""
        for table in self.found.tables:
            shown = table.differences[:_SHOWN]
            for difference in shown:
                yield _line(_difference_line(difference, self.show_values))
            if more := table.differing - len(shown):
                listed = f"; --json lists {len(table.differences):,}" if table.differences[_SHOWN:] else ""
                yield _line(f"{table.table}: {more:,} more{listed}")
            yield from _reject_lines(table.rejects)
        width = max((len(table.table) for table in self.found.tables), default=0)
        for table in self.found.tables:
            yield _line(_table_line(table, width))
        rows = f"{quantity(self.found.rows, 'row')} compared"
        outcome = f"{self.found.differing:,} differ" if self.found.differing else "all equal"
        aside = f"; {quantity(self.found.set_aside, 'row')} set aside" if self.found.set_aside else ""
        yield _line(f"{self.found.service}: {rows}, {outcome}{aside}")
        if aside:
            yield _mend_line(self.found.service)
        if self.found.differing and self.repaired:
            yield _line(self._left)
        elif self.found.differing:
            yield _line(f"mend them: strangler etl verify {self.found.service} --repair")

    @property
    def _left(self) -> str:
        """What to do about that which a repair has not mended."""
        if self.found.authority is Side.V1:
            look = f"strangler journal status {self.found.service}"
            return f"no repair mends these: see whether the journals are whole: {look}"
        return (
            "no repair mends these: they wait for another part of their row, or for the row that leads it. Write that"
            " in v2, delete what is alone, or say what v1 gets instead: reverse = { ... } in the mapping of the part"
        )


@dataclass(frozen=True, slots=True)
class CleanedTables:
    """How many rows each table had."""

    service: str
    deleted: Mapping[str, int]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """Yield the lines."""
        for table, rows in self.deleted.items():
            yield _line(f"{table}: {quantity(rows, 'row')} deleted")
        yield _line(f"{self.service}: nothing is copied; begin with: strangler etl run {self.service}")


def copied_record(copied: CopiedTables) -> Mapping[str, object]:
    """What was copied as it is printed in JSON."""
    refreshed = [
        {
            "source": table.source,
            "target": table.target,
            "compared": table.compared,
            "written": table.written,
            "deleted": table.deleted,
            "unchanged": table.unchanged,
            "followed": table.followed,
            "seconds": table.seconds,
        }
        for table in copied.refreshed
    ]
    return {
        "refreshed": refreshed,
        "service": copied.service,
        "tables": [
            {
                "name": table.name,
                "source": table.source,
                "target": table.target,
                "rows": table.rows,
                "copied": table.copied,
                "seconds": table.seconds,
                "set_aside": [reject_record(reject) for reject in table.rejects],
            }
            for table in copied.tables
        ],
    }


def verification_record(found: Verification, show_values: bool) -> Mapping[str, object]:
    """The verification as it is printed in JSON."""
    return {
        "service": found.service,
        "authority": found.authority,
        "clean": found.clean,
        "rows": found.rows,
        "position": found.position,
        "tables": [
            {
                "table": table.table,
                "origin": table.origin,
                "rows": table.rows,
                "pending": table.pending,
                "differing": table.differing,
                "set_aside": [reject_record(reject) for reject in table.rejects],
                "differences": [_difference_record(difference, show_values) for difference in table.differences],
            }
            for table in found.tables
        ],
    }


def reject_record(reject: Reject) -> Mapping[str, object]:
    """A row that was set aside, without its values."""
    return {"table": reject.table, "key": reject.key, "reason": reject.reason}


def _difference_record(difference: Difference, show_values: bool) -> Mapping[str, object]:
    def column(one: ColumnDifference) -> Mapping[str, object]:
        return {"name": one.name, **({"expected": one.expected, "found": one.found} if show_values else {})}

    return {
        "key": difference.key,
        "kind": difference.kind,
        "origin_key": difference.origin_key,
        "columns": [column(one) for one in difference.columns],
    }


def _refreshed_line(table: RefreshedTable, width: int) -> str:
    counts = f"{table.written:,} written, {table.deleted:,} deleted, {table.unchanged:,} unchanged"
    if table.followed:
        counts += f", {table.followed:,} by the journal before"
    return f"{table.target:<{width}}  {table.compared:>12,} rows compared: {counts} in {table.seconds:.1f} s"


def _rate(table: CopiedTable) -> str:
    if table.copied and table.seconds:
        return f"{table.copied / table.seconds:,.0f}/s"
    return "copied before" if table.rows else "empty"


def _difference_line(difference: Difference, show_values: bool) -> str:
    origin = f" ({difference.origin}: {difference.origin_key})" if difference.origin_key else ""
    columns = ", ".join(_column(column, show_values) for column in difference.columns)
    return f"{difference.table} {difference.key}{origin}: {difference.kind}{f' in {columns}' if columns else ''}"


def _mend_line(service: str) -> Text:
    return _line(f"mend them in the source, or the mapping, and run again: strangler etl run {service}")


def _reject_lines(rejects: Sequence[Reject]) -> Iterator[Text]:
    for reject in rejects[:_LISTED]:
        yield _line(f"{reject.table} {reject.key}: set aside: {reject.reason}")
    if len(rejects) > _LISTED:
        yield _line(f"{rejects[0].table}: {len(rejects) - _LISTED:,} more set aside")


def _column(column: ColumnDifference, show_values: bool) -> str:
    return f"{column.name} ({column.expected!r} is {column.found!r})" if show_values else column.name


def _table_line(table: VerifiedTable, width: int) -> str:
    origin = "" if table.origin is Side.V1 else " (as v2 says)"
    waiting = "all rows on their way" if table.pending is None else f"{quantity(table.pending, 'key')} on their way"
    pending = f"; {waiting}" if table.pending != 0 else ""
    return f"{table.table:<{width}}  {table.rows:>12,} rows compared, {table.differing:,} differ{origin}{pending}"


def _line(text: str) -> Text:
    return Text(text, no_wrap=True, overflow="ignore")
