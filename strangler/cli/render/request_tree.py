"""The output of `strangler trace`: the steps of one request as a tree."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import rich.console
from rich.text import Text

from strangler.cli.render.guides import Guides, guides_of
from strangler.cli.render.lines import PlacedLine, PlacedLines
from strangler.cli.render.written_tables import written_tables
from strangler.model.location import Location
from strangler.model.system import AccessMode, CallKind, Confidence
from strangler_analyzers.graph.request_path import (
    AccessStep,
    CallStep,
    Continuation,
    OutsideStep,
    Step,
    Transaction,
    walk,
)

_CALL_KINDS = {
    CallKind.DIRECT: "",
    CallKind.FRAMEWORK: "framework",
    CallKind.DECORATOR: "decorator",
    CallKind.NAMED: "decorated",
    CallKind.WRAPPED: "wrapped",
    CallKind.SIGNAL: "signal",
    CallKind.ASYNC: "later",
    CallKind.AFTER_COMMIT: "after the commit",
}


@dataclass(frozen=True, slots=True)
class Root:
    """A first step, and its role in the request: ``middleware``, ``handler`` or ``helper``."""

    role: str
    step: CallStep


@dataclass(frozen=True, slots=True)
class RequestTree:
    """Renders the steps of a request under a title, one per line, followed by the transactions."""

    title: str
    location: Location
    roots: Sequence[Root]

    def __rich_console__(
        self, console: rich.console.Console, options: rich.console.ConsoleOptions
    ) -> rich.console.RenderResult:
        drawing = _Drawing(
            guides_of(options),
            _numbered_transactions(root.step for root in self.roots),
        )
        lines = [PlacedLine(Text(self.title, "bold"), self.location)]
        for index, root in enumerate(self.roots):
            lines.extend(drawing.lines(root.step, "", last=index == len(self.roots) - 1, role=root.role))
        yield PlacedLines([*lines, *drawing.transactions(self.roots)])


@dataclass(frozen=True, slots=True)
class _Drawing:
    guides: Guides
    numbers: dict[Location, int]

    def lines(self, step: Step, indent: str, *, last: bool, role: str = "") -> Iterator[PlacedLine]:
        guide = self.guides.last if last else self.guides.fork
        text = Text.assemble((indent + guide, "dim"), (f"{role} " if role else "", "dim"))
        yield PlacedLine(text.append_text(self._label(step, is_root=not indent)), step.location)
        if isinstance(step, CallStep):
            below = indent + ("   " if last else self.guides.pass_by)
            for index, child in enumerate(step.steps):
                yield from self.lines(child, below, last=index == len(step.steps) - 1)

    def transactions(self, roots: Sequence[Root]) -> Iterator[PlacedLine]:
        written = written_tables(root.step for root in roots)
        for begin, number in self.numbers.items():
            yield PlacedLine(Text.assemble((f"T{number}", "magenta"), f" transaction, writes {written[begin]}"), begin)

    def _label(self, step: Step, *, is_root: bool) -> Text:
        match step:
            case CallStep():
                text = Text(step.function)
                if step.context:
                    text.append(f" {_in_context(step.context)}", "dim")
            case AccessStep(mode=AccessMode.READ):
                text = Text.assemble(("reads ", "cyan"), (step.table, "bold cyan"), f" {step.operation}")
            case AccessStep():
                text = Text.assemble(("writes ", "red"), (step.table, "bold red"), f" {step.operation}")
            case OutsideStep():
                text = Text.assemble(("uses ", "yellow"), (f"{step.kind.value} {step.name}", "bold yellow"))
                text.append(f" {step.operation}")
        for mark in self._marks(step, is_root=is_root):
            text.append(f" [{mark}]", "magenta")
        return text

    def _marks(self, step: Step, *, is_root: bool) -> Iterator[str]:
        if isinstance(step, CallStep) and not is_root:
            yield from filter(None, [_CALL_KINDS[step.kind]])
        if step.in_loop:
            yield "in a loop"
        if not isinstance(step, OutsideStep) and step.confidence is not Confidence.CERTAIN:
            yield step.confidence.value
        if step.transaction is not None:
            yield self._transaction(step.transaction)
        if isinstance(step, CallStep):
            yield from _continuation(step)

    def _transaction(self, transaction: Transaction) -> str:
        name = f"T{self.numbers[transaction.begin]}"
        return name if transaction.savepoint is None else f"{name}, savepoint {transaction.savepoint}"


def _in_context(context: str) -> str:
    """``as Orders``, ``with model=Order``, ``with mode='w'``: classes without their modules."""
    parts = [part if part.endswith(("'", '"')) else re.sub(r"[\w.]+:", "", part) for part in context.split(", ")]
    return ", ".join(f"with {part}" if "=" in part else f"as {part}" for part in parts)


def _continuation(step: CallStep) -> Iterator[str]:
    match step.continuation:
        case Continuation.SHOWN:
            pass
        case Continuation.ELSEWHERE:
            yield f"steps at {step.elsewhere}"
        case Continuation.RECURSIVE:
            yield "recursive"
        case Continuation.TOO_DEEP:
            yield "deeper steps left out"


def _numbered_transactions(roots: Iterator[CallStep]) -> dict[Location, int]:
    numbers: dict[Location, int] = {}
    for root in roots:
        for step in walk(root):
            if step.transaction is not None:
                numbers.setdefault(step.transaction.begin, len(numbers) + 1)
    return numbers
