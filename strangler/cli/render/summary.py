"""The output of `strangler analyze` on the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import rich.console
from rich.table import Table
from rich.text import Text

from strangler.cli.render.observed import observed_section
from strangler.cli.render.sections import columns, figure, more, section, share
from strangler.cli.render.traffic import traffic_sections
from strangler.model.quantity import quantity
from strangler_analyzers.graph.cycles import ImportCycle
from strangler_analyzers.graph.summary import Summary

_ROWS = 10
_SHORT = 4


@dataclass(frozen=True, slots=True)
class SummaryPage:
    """Renders the summary of a system; shows the first `rows` of long lists."""

    summary: Summary
    rows: int = _ROWS

    def __rich_console__(
        self, console: rich.console.Console, options: rich.console.ConsoleOptions
    ) -> rich.console.RenderResult:
        summary = self.summary
        yield Text.assemble((summary.root, "bold"), f"  {', '.join(summary.frameworks) or 'no framework found'}")
        yield _size(summary)
        if summary.findings:
            yield from section("Worth knowing")
            for number, finding in enumerate(summary.findings, 1):
                yield Text.assemble(f"{number}. {finding.text} ", (str(finding.location or ""), "dim"))
        yield from self._coupling()
        yield from self._cycles()
        yield from self._shared_tables()
        yield from traffic_sections(summary, self.rows)
        yield from observed_section(summary.observed, self.rows)
        yield from _coverage(summary)
        yield from self._skipped()

    def _coupling(self) -> Iterator[rich.console.RenderableType]:
        coupled = [row for row in self.summary.coupling if row.afferent or row.efferent]
        if coupled:
            yield from section("Most coupled modules")
            table = columns("module", "used by", "uses", "times used", "times using")
            for row in coupled[: self.rows]:
                numbers = (row.afferent, row.efferent, row.uses_in, row.uses_out)
                table.add_row(row.module, *map(figure, numbers))
            yield table

    def _cycles(self) -> Iterator[rich.console.RenderableType]:
        cycles = self.summary.cycles
        if cycles:
            yield from section(f"Import cycles ({len(cycles)})")
            for cycle in cycles[: self.rows]:
                yield _cycle(cycle)
            yield from more(len(cycles) - self.rows)

    def _shared_tables(self) -> Iterator[rich.console.RenderableType]:
        shared = self.summary.shared_tables
        if shared:
            yield from section(f"Tables written from several apps ({len(shared)})")
            table = columns("table", "owner", "written from")
            for item in shared[: self.rows]:
                writers = ", ".join(f"{writer.app} ({len(writer.writes)})" for writer in item.writers)
                table.add_row(item.table, item.owner or "-", writers)
            yield table
            yield from more(len(shared) - self.rows)

    def _skipped(self) -> Iterator[rich.console.RenderableType]:
        skipped = self.summary.skipped
        if skipped:
            yield from section(f"Not analysed, or not all of it ({len(skipped)})")
            for item in skipped[: self.rows]:
                yield Text.assemble((item.file, "bold"), f": {item.reason}")
            yield from more(len(skipped) - self.rows)


def _size(summary: Summary) -> Table:
    size = summary.size
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column()
    table.add_row("code", f"{quantity(size.lines, 'line')} in {quantity(size.modules, 'module')}")
    table.add_row("tests", f"{quantity(size.test_lines, 'line')} in {quantity(size.test_modules, 'module')}")
    if (reading := _reading(summary)) is not None:
        table.add_row("read", reading)
    table.add_row("parts", f"{quantity(size.classes, 'class', 'classes')}, {quantity(size.functions, 'function')}")
    table.add_row("links", f"{quantity(size.imports, 'import')}, {quantity(size.calls, 'call')}")
    table.add_row("routes", figure(summary.routes))
    table.add_row("tables", ", ".join(_tables(summary)))
    table.add_row("entries", _listed(summary.entry_points))
    table.add_row("outside", _listed(summary.outside))
    return table


def _tables(summary: Summary) -> Iterator[str]:
    yield figure(summary.tables)
    if summary.foreign_tables:
        yield f"{figure(summary.foreign_tables)} of installed packages"
    if summary.undeclared_tables:
        yield f"{figure(summary.undeclared_tables)} only named"


def _reading(summary: Summary) -> str | None:
    """How the files were read, if this Python could not parse all of them."""
    reading = summary.reading
    others = (
        (reading.tolerant, "in the syntax of another Python"),
        (reading.partial, "in part"),
        (reading.unread, "not at all"),
    )
    told = [f"{count:,} {how}" for count, how in others if count]
    return ", ".join((f"{quantity(reading.exact, 'file')} exactly", *told)) if told else None


def _coverage(summary: Summary) -> Iterator[rich.console.RenderableType]:
    ledger = summary.ledger
    yield from section("Coverage: what became of every call")
    table = columns("", "calls", "share")
    for name, count, meaning in (
        ("resolved", ledger.resolved, "linked to code of the monolith"),
        ("external", ledger.external, "goes to a package outside"),
        ("builtin", ledger.builtin, "Python's own"),
        ("ambiguous", ledger.ambiguous, "several candidates, none taken"),
        ("opaque", ledger.opaque, "nothing known of the target"),
    ):
        table.add_row(Text.assemble(name, (f"  {meaning}", "dim")), figure(count), share(count, ledger.total))
    table.add_row("total", figure(ledger.total), share(ledger.total, ledger.total))
    yield table


def _cycle(cycle: ImportCycle) -> Text:
    ring = " > ".join(cycle.example if len(cycle.example) <= _SHORT + 1 else (*cycle.example[:_SHORT], "..."))
    deferred = ", held together by deferred imports only" if cycle.broken_by_deferring else ""
    text = Text.assemble((f"{len(cycle.modules)} modules", "bold"), f": {ring}{deferred}")
    cheapest = cycle.cheapest[0]
    hint = f"\n  cheapest of {len(cycle.cheapest)} to undo: {cheapest.importer} imports {cheapest.imported} "
    return text.append(hint, "dim").append(str(cheapest.location), "dim")


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in counts.items()) or "-"
