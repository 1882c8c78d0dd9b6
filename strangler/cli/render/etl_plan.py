"""The output of `strangler etl plan`: what a run would do, table by table, with a total in the last line."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType
from rich.text import Text

from strangler.model.quantity import quantity
from strangler_etl.planning.plan import EtlPlan, PlannedTable

_UNITS = ("B", "kB", "MB", "GB", "TB")


@dataclass(frozen=True, slots=True)
class PlanLines:
    """The order and size of each table, its query and its risks."""

    plan: EtlPlan
    sql: bool

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """Yield the lines."""
        yield _line(f"from {self.plan.source}")
        yield _line(f"to   {self.plan.target}")
        for creation in self.plan.creations:
            yield _line("")
            yield _line(f"to be created with --create: {creation.table}")
            for statement in creation.statements:
                yield from (_line(f"   {line}") for line in f"{statement};".splitlines())
            for left in creation.left_out:
                yield _line(f"   ! {left.what} is not carried over: {left.why}")
        for number, table in enumerate(self.plan.tables, 1):
            yield _line("")
            yield from map(_line, self._table(number, table))
        yield _line("")
        if self.plan.cycle:
            yield _line(
                f"foreign keys form a circle: {' -> '.join(self.plan.cycle)}; they have to be deferrable, as they are"
                " checked when a chunk is committed"
            )
        if self.plan.unfollowed:
            yield _line(self.plan.unfollowed)
        elif not self.plan.way_back:
            yield _line("after the cut-over nothing goes back to v1, and there is no rollback: way_back = false")
        if self.plan.returns_whole:
            yield _line(
                "after the cut-over, all that waits to go back to v1 goes in one transaction, because rows are known by"
                " those they refer to, parts by keys that are not whole numbers or UUIDs, or rows of v2 by keys that v1"
                " takes for equal: do not let the follower stand still for long"
            )
        yield from (_line(fault) for fault in self.plan.journal_faults)
        risks = sum(len(table.risks) for table in self.plan.tables)
        yield _line(
            f"{self.plan.service}: about {quantity(self.plan.rows, 'row')}, {size(self.plan.bytes)},"
            f" {duration(self.plan.seconds)}; {quantity(risks, 'risk')}; nothing was changed"
        )

    def _table(self, number: int, table: PlannedTable) -> Iterator[str]:
        kind = "owned" if table.owned else "replica"
        after = f", after {', '.join(table.after)}" if table.after else ""
        called = f", {table.name}" if table.name != table.source else ""
        yield f"{number}. {table.source} -> {table.target} ({kind}{called}{after})"
        state = f"; {quantity(table.copied, 'row')} copied already" if table.copied else ""
        done = "; finished" if table.finished else ""
        yield (
            f"   {table.path}: about {quantity(table.rows, 'row')}, {size(table.bytes)},"
            f" {quantity(table.chunks, 'chunk')}, {duration(table.seconds)}{state}{done}"
        )
        for risk in table.risks:
            counted = "" if risk.rows is None else f": {quantity(risk.rows, 'row')}"
            yield f"   ! {risk.column}: {risk.what}{counted}"
        if self.sql:
            yield from (f"   {line}" for line in table.sql.splitlines())


def size(bytes_: int) -> str:
    """A size in bytes for people: ``1.4 MB``."""
    power = min(int(math.log10(max(1, bytes_))) // 3, len(_UNITS) - 1)
    return f"{bytes_ / 1000**power:.{1 if power else 0}f} {_UNITS[power]}"


def duration(seconds: float) -> str:
    """A duration for people: ``12 s``, ``3 min``, ``1.5 h``."""
    if seconds < 120:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _line(text: str) -> Text:
    return Text(text, no_wrap=True, overflow="ignore")
