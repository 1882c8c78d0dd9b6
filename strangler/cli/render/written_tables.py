"""The tables that each transaction of a request writes, as far as the request's steps show it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from strangler.model.location import Location
from strangler.model.system import AccessMode, CallKind
from strangler_analyzers.graph.request_path import AccessStep, CallStep, Continuation, Step, walk

_LATER = {CallKind.ASYNC, CallKind.AFTER_COMMIT}
_Function = tuple[str, str]


@dataclass(slots=True)
class WrittenTables:
    """The tables that one transaction writes; some may be missing if steps are `left_out` of what is shown."""

    tables: set[str] = field(default_factory=set[str])
    left_out: bool = False

    def __str__(self) -> str:
        tables = ", ".join(sorted(self.tables)) or "nothing"
        return f"{tables}, as far as shown" if self.left_out else tables


def written_tables(firsts: Iterable[CallStep]) -> Mapping[Location, WrittenTables]:
    """Return what each transaction writes, by the location where it begins.

    The steps of a function are shown at only one of its calls; they count for the other calls too, in any transaction.
    """
    steps = [step for first in firsts for step in walk(first)]
    shown = {
        (step.function, step.context): step
        for step in steps
        if isinstance(step, CallStep) and step.continuation is Continuation.SHOWN
    }
    written: dict[Location, WrittenTables] = {}
    for step in steps:
        if step.transaction is not None:
            _add(written.setdefault(step.transaction.begin, WrittenTables()), step, shown)
    return written


def _add(written: WrittenTables, step: Step, shown: Mapping[_Function, CallStep]) -> None:
    """Add what a step of the transaction writes itself, or through steps that are shown elsewhere."""
    if isinstance(step, AccessStep):
        if step.mode is AccessMode.WRITE:
            written.tables.add(step.table)
    elif isinstance(step, CallStep):
        written.left_out |= step.continuation is Continuation.TOO_DEEP
        if step.continuation is Continuation.ELSEWHERE:
            for below in _below(step, shown):
                if isinstance(below, AccessStep) and below.mode is AccessMode.WRITE:
                    written.tables.add(below.table)
                elif isinstance(below, CallStep):
                    written.left_out |= below.continuation is Continuation.TOO_DEEP


def _below(call: CallStep, shown: Mapping[_Function, CallStep]) -> Iterator[Step]:
    """All steps that run synchronously in a call whose steps are shown elsewhere; each function's only once."""
    pending: list[Step] = [call]
    seen: set[_Function] = set()
    while pending:
        step = pending.pop()
        yield step
        if not isinstance(step, CallStep) or (step is not call and step.kind in _LATER):
            continue
        function = (step.function, step.context)
        if function in seen:
            continue
        seen.add(function)
        whole = shown.get(function, step) if step.continuation is Continuation.ELSEWHERE else step
        pending.extend(whole.steps)
