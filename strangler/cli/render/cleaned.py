"""The output of `strangler etl clean`: what was deleted, table by table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType

from strangler.cli.render.rejects import line
from strangler.model.quantity import quantity


@dataclass(frozen=True, slots=True)
class CleanedTables:
    """The number of rows each table had, and the tables that were `dropped`, if `asked` for."""

    service: str
    deleted: Mapping[str, int]
    dropped: tuple[str, ...] = ()
    asked: bool = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """Yield the lines."""
        for table, rows in self.deleted.items():
            yield line(f"{table}: {quantity(rows, 'row')} deleted")
        for table in self.dropped:
            yield line(f"{table}: dropped")
        if self.asked and not self.dropped:
            yield line("no table is there that strangler has made: none was dropped")
        create = " --create" if self.dropped else ""
        yield line(f"{self.service}: nothing is copied; begin with: strangler etl run {self.service}{create}")
