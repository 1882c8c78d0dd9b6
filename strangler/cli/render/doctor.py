"""The output of `strangler doctor`: a line per finding, followed by the remedy if something is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType
from rich.text import Text

from strangler.model.quantity import quantity
from strangler.planner.diagnosis import Part
from strangler_etl.examination.finding import Finding, Level

_STYLES = {Level.OK: "green", Level.WARNING: "yellow", Level.PROBLEM: "bold red"}
_INDENT = " " * 11


@dataclass(frozen=True, slots=True)
class PartLines:
    """The findings about one part."""

    part: Part

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """Yield the lines."""
        yield _line(Text(self.part.title, style="bold"))
        for finding in self.part.findings:
            yield from _finding(finding)
        yield Text("")


@dataclass(frozen=True, slots=True)
class Count:
    """The number of findings of each level."""

    parts: Sequence[Part]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """Yield the line."""
        counts = Counter(finding.level for part in self.parts for finding in part.findings)
        problems, warnings = counts[Level.PROBLEM], counts[Level.WARNING]
        yield _line(Text(f"{quantity(problems, 'problem')}, {quantity(warnings, 'warning')}, {counts[Level.OK]} ok"))


def _finding(finding: Finding) -> Iterator[Text]:
    level = Text(f"  {finding.level:<7}  ", style=_STYLES[finding.level])
    yield _line(level + Text(f"{finding.name}: {finding.found}"))
    if finding.mend:
        yield _line(Text(f"{_INDENT}{finding.mend}"))


def _line(text: Text) -> Text:
    text.no_wrap, text.overflow = True, "ignore"
    return text
