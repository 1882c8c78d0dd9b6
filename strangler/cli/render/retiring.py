"""The output of `strangler retire`: what is dead, what stays and why, and the fate of each file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import rich.console
from rich.text import Text

from strangler.cli.render.rewriting import FileRecord, file_record
from strangler.cli.render.sections import section
from strangler.model.printable import printable_lines
from strangler.model.system import Confidence
from strangler.planner.readiness import Condition
from strangler_analyzers.retiring.items import DeadItem, ItemKind, UsedItem
from strangler_analyzers.retiring.plan import RetirePlan
from strangler_analyzers.rewriting.file_results import Changed, Failed, FileResult, Removed, Skipped, Unchanged

NOTHING = (
    "  What is certainly dead is registered by code that stays: each line above says what uses it, and where."
    "\n  Where that is no use, because a text means another thing or a request goes through the gateway, say so:"
    " strangler retire NAME --despite FILE:LINE"
)
"""Explains why no file changes although something is dead, and what can be done."""


@dataclass(frozen=True, slots=True)
class RetireRecord:
    """A whole plan; `missing` are the conditions that do not hold, because something still reaches v1."""

    service: str
    missing: Sequence[Condition]
    dead: Sequence[DeadItem]
    kept: Sequence[UsedItem]
    files: Sequence[FileRecord]
    sql: str


def retire_record(service: str, plan: RetirePlan, missing: Sequence[Condition]) -> RetireRecord:
    """The record of a plan."""
    return RetireRecord(service, missing, plan.dead, plan.kept, tuple(map(file_record, plan.files)), plan.sql)


@dataclass(frozen=True, slots=True)
class RetirePage:
    """Renders a plan, or the part of it that was `written`."""

    service: str
    plan: RetirePlan
    missing: Sequence[Condition]
    written: bool

    def __rich_console__(
        self, console: rich.console.Console, options: rich.console.ConsoleOptions
    ) -> rich.console.RenderResult:
        certain = self.plan.certain
        likely = [item for item in self.plan.dead if item.confidence is not Confidence.CERTAIN]
        numbers = Counter(item.kind for item in certain)
        kinds = ", ".join(f"{numbers[kind]} {kind.value}" for kind in ItemKind if numbers[kind])
        yield Text.assemble((self.service, "bold"), f": {len(certain)} things are certainly dead ({kinds or 'none'})")
        yield from self._too_early()
        yield from _dead("Certainly dead", certain)
        yield from _dead("Likely dead, and left alone", likely)
        yield from self._kept()
        yield from self._files()
        if self.plan.sql:
            yield from section("Tables")
            yield _line(self.plan.sql.rstrip("\n"))

    def _too_early(self) -> Iterator[Text]:
        if self.missing:
            yield from section("Too early: v1 is still reached")
            for condition in self.missing:
                mend = f"; {condition.mend}" if condition.mend else ""
                yield _line(f"  {condition.name}: {condition.found}{mend}")

    def _kept(self) -> Iterator[Text]:
        if self.plan.kept:
            yield from section(f"Stays, and what uses it ({len(self.plan.kept)})")
            for item in self.plan.kept:
                told = f"{item.name}: {item.used_by}{_doubt(item)}"
                yield Text.assemble((_clean(f"  {item.place} "), "dim"), _clean(told))

    def _files(self) -> Iterator[Text]:
        if self.plan.certain and not self.plan.files:
            yield from section("Nothing is removed" if self.written else "Nothing would be removed")
            yield _line(NOTHING.replace("NAME", self.service))
        if self.plan.files:
            yield from section("Written" if self.written else "Would change")
            for result in self.plan.files:
                yield _line(f"  {_told(result)}")


def _doubt(item: UsedItem) -> str:
    place = item.text_place
    if place is not None:
        return f", by the text {item.text} at {place.file}:{place.line}, which may mean another thing"
    return " (by its name alone, which may mean another thing)" if item.by_name else ""


def _dead(title: str, items: Iterable[DeadItem]) -> Iterator[Text]:
    found = list(items)
    if found:
        yield from section(f"{title} ({len(found)})")
        for item in found:
            told = f"{item.kind} {item.name}: {item.reason}"
            yield Text.assemble((_clean(f"  {item.place} "), "dim"), _clean(told))


def _told(result: FileResult) -> str:
    match result:
        case Removed():
            return f"{result.file} (goes)"
        case Changed():
            return f"{result.file} (less of it)"
        case Unchanged():
            return f"{result.file} is as it should be"
        case Skipped():
            return f"{result.file} skipped: {result.reason}"
        case Failed():
            return f"{result.file} failed: {result.reason}"


def _line(text: str) -> Text:
    return Text(_clean(text))


def _clean(text: str) -> str:
    return printable_lines(text)
