"""The output of `strangler design` on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import rich.console
from rich.text import Text

from strangler.cli.render.sections import more, section
from strangler.contracts.lint.finding import REASONS, Finding
from strangler.model.design import DesignRule
from strangler.model.quantity import quantity

_ORDER = {rule: index for index, rule in enumerate(DesignRule)}


@dataclass(frozen=True, slots=True)
class LintPage:
    """Renders findings by rule, the first `rows` of each."""

    findings: Sequence[Finding]
    documents: int
    rows: int

    def __rich_console__(
        self, console: rich.console.Console, options: rich.console.ConsoleOptions
    ) -> rich.console.RenderResult:
        found = quantity(len(self.findings), "finding") if self.findings else "nothing breaks a rule"
        yield Text(f"{found} in {quantity(self.documents, 'document')}", "bold")
        ordered = sorted(self.findings, key=lambda item: (_ORDER[item.rule], item))
        for rule, group in groupby(ordered, key=lambda item: item.rule):
            items = list(group)
            yield from section(f"{rule.value} ({len(items)}): {REASONS[rule]}")
            for item in items[: self.rows]:
                yield Text.assemble(f"  {item.message}", (f"  {item.location}", "dim"))
                yield Text(f"    remedy: {item.remedy}", "dim")
            yield from more(len(items) - self.rows, "--rows or --json")
