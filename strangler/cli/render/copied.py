"""The output of `strangler etl run`: what was copied and compared, table by table, with a total in the last line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console, ConsoleOptions, RenderableType

from strangler.cli.render.rejects import line, mend_line, reject_lines, reject_record
from strangler.model.quantity import quantity
from strangler_etl.copying.backfill import CopiedTable

if TYPE_CHECKING:
    from strangler_etl.refreshing.refreshed_table import RefreshedTable  # Not imported for a run that only copies.


@dataclass(frozen=True, slots=True)
class CopiedTables:
    """Lines like ``reviews_review -> review      11,998 rows      48,211/s``; `seconds` is the whole run's time."""

    service: str
    tables: Sequence[CopiedTable]
    seconds: float
    refreshed: Sequence[RefreshedTable] = ()
    """The comparisons of tables that were copied before."""

    @property
    def mended(self) -> int:
        """The number of compared rows that were rewritten or deleted, by the comparison or by the journal."""
        return sum(table.written + table.deleted + table.followed for table in self.refreshed)

    @property
    def copied(self) -> int:
        """The number of rows copied in this run."""
        return sum(table.copied for table in self.tables)

    @property
    def set_aside(self) -> int:
        """The number of rows that do not fit the target."""
        return sum(len(table.rejects) for table in self.tables)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """Yield the lines."""
        width = max((len(table.target) for table in self.refreshed), default=0)
        for refreshed in self.refreshed:
            yield line(_refreshed_line(refreshed, width))
        compared = {table.target for table in self.refreshed}
        copied = [table for table in self.tables if table.copied or table.target not in compared]
        names = [f"{table.source} -> {table.target}" for table in copied]
        width = max(map(len, names), default=0)
        for name, table in zip(names, copied, strict=True):
            yield line(f"{name:<{width}}  {table.rows:>12,} rows  {_rate(table):>14}")
        for table in self.tables:
            yield from reject_lines(table.rejects)
        rate = f", {self.copied / self.seconds:,.0f}/s" if self.copied and self.seconds else ""
        aside = f"; {quantity(self.set_aside, 'row')} set aside" if self.set_aside else ""
        mended = f"{quantity(self.mended, 'row')} mended, " if self.refreshed else ""
        yield line(
            f"{self.service}: {mended}{quantity(self.copied, 'row')} copied in {self.seconds:.1f} s{rate}{aside}"
        )
        if aside:
            yield mend_line(self.service)


def copied_record(copied: CopiedTables) -> Mapping[str, object]:
    """The result as JSON."""
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


def _refreshed_line(table: RefreshedTable, width: int) -> str:
    counts = f"{table.written:,} written, {table.deleted:,} deleted, {table.unchanged:,} unchanged"
    if table.followed:
        counts += f", {table.followed:,} by the journal before"
    return f"{table.target:<{width}}  {table.compared:>12,} rows compared: {counts} in {table.seconds:.1f} s"


def _rate(table: CopiedTable) -> str:
    if table.copied and table.seconds:
        return f"{table.copied / table.seconds:,.0f}/s"
    return "copied before" if table.rows else "empty"
