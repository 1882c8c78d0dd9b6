"""The output of `strangler contract` on the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import rich.console
from rich.text import Text

from strangler.cli.render.sections import more, section
from strangler.contracts.verification.finding import CONTRACT_RULES, ContractRule, Finding
from strangler.contracts.verification.report import OperationReport, Report
from strangler.model.quantity import quantity

_ORDER = {rule: index for index, rule in enumerate(ContractRule)}


@dataclass(frozen=True, slots=True)
class ContractPage:
    """Renders the first `rows` findings of each rule, and then the operations."""

    title: str
    report: Report
    rows: int

    def __rich_console__(
        self, console: rich.console.Console, options: rich.console.ConsoleOptions
    ) -> rich.console.RenderResult:
        report = self.report
        found = found_text(report.findings)
        proven = f"{report.proven} of {quantity(len(report.operations), 'operation')} proven"
        yield Text(f"{self.title}: {found}, {quantity(report.requests, 'request')}, {proven}", "bold")
        yield from finding_lines(report.findings, self.rows)
        if report.proven and report.shows_nothing:
            yield Text("nothing but the health check is proven, and that says nothing of the others", "bold")
        yield from section("operations")
        width = max((len(item.operation) for item in report.operations), default=0)
        for item in report.operations:
            yield Text(f"  {item.operation:<{width}}  {_state(item)}")


def found_text(findings: Sequence[Finding]) -> str:
    """The number of findings in words."""
    return quantity(len(findings), "finding") if findings else "no finding"


def finding_lines(findings: Sequence[Finding], rows: int) -> Iterator[Text]:
    """The findings, grouped by rule."""
    ordered = sorted(findings, key=lambda item: _ORDER[item.rule])
    for rule, group in groupby(ordered, key=lambda item: item.rule):
        items = list(group)
        yield from section(f"{rule.value} ({len(items)}): {CONTRACT_RULES[rule]}")
        for item in items[:rows]:
            yield Text.assemble(f"  {item.operation}, {item.subject}", (f"  {item.place}", "dim"))
            yield Text(f"    expected: {item.expected}")
            yield Text(f"    came: {item.came}")
            times = f" (the first of {item.count:,})" if item.count > 1 else ""
            yield Text(f"    sent: {item.case}{times}", "dim")
            yield Text(f"    {item.request}", "dim")
        yield from more(len(items) - rows, "--rows or --json")


def _state(item: OperationReport) -> str:
    said = ", ".join(f"{status}: {count:,}" for status, count in sorted(item.statuses.items()))
    if item.unproven:
        return f"not proven: {item.unproven}" + (f" ({said})" if said else "")
    return f"proven ({said})"
