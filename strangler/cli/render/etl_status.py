"""The output of `strangler etl status`: the progress of a copy, with a line per table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.console import Console, ConsoleOptions, RenderableType
from rich.text import Text

from strangler_etl.etl_status import CopyState, EtlStatus, TableStatus


@dataclass(frozen=True, slots=True)
class EtlStatusLines:
    """Lines like ``reviews_review -> review  copying  12,000 of about 48,000 rows``, then what was verified."""

    status: EtlStatus

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """Yield the lines."""
        names = [f"{table.source} -> {table.target}" for table in self.status.tables]
        width = max(map(len, names), default=0)
        for name, table in zip(names, self.status.tables, strict=True):
            yield _line(f"{name:<{width}}  {table.state:<9}  {_rows(table)}")
        yield _line(f"{self.status.service}: {self._proof()}")
        if self.status.running is not None:
            yield _line(f"{self.status.service}: etl run is under way: {self.status.running}")
        if self.status.rate is not None:
            yield _line(f"{self.status.service}: throttled to {self.status.rate}")
        if away := (*self.status.dropped_keys, *self.status.dropped_indexes, *self.status.dropped_references):
            yield _line(f"{self.status.service}: to be made again: {', '.join(away)}")
        yield from (_line(fault) for fault in self.status.journal_faults)

    def _proof(self) -> str:
        at = self.status.verified_at
        when = "" if at is None else f" at {datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC"
        if self.status.doubt is None:
            return f"all rows were found equal{when}"
        return self.status.doubt


def _rows(table: TableStatus) -> str:
    behind = "" if table.last_key is None else f", up to {table.last_key}"
    aside = f", {table.set_aside:,} set aside" if table.set_aside else ""
    if table.state is CopyState.COPIED and table.rows > table.copied + table.set_aside:
        # What came later is not missing: the follower brings it.
        return f"{table.copied:,} rows{aside}; about {table.rows:,} now, the follower brings the later ones"
    return f"{table.copied:,} of about {table.rows:,} rows{behind}{aside}"


def _line(text: str) -> Text:
    return Text(text, no_wrap=True, overflow="ignore")
