"""The output of `strangler rewrite`: seams, operations, and the fate of each file."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import rich.console
from rich.text import Text

from strangler.cli.render.sections import section
from strangler_analyzers.own_requests.own_requests import OwnRequest
from strangler_analyzers.rewriting.file_results import (
    Changed,
    Failed,
    FileResult,
    LeftCall,
    Removed,
    Skipped,
    Unchanged,
)
from strangler_analyzers.rewriting.operations import Asked, Local, Operation, Remote
from strangler_analyzers.rewriting.plan import RewritePlan
from strangler_analyzers.rewriting.recipes import recipe, used
from strangler_analyzers.rewriting.seams import Seam, SeamKind
from strangler_analyzers.rewriting.v2_source import PREFIX


@dataclass(frozen=True, slots=True)
class SeamRecord:
    """A seam with its explanation; `why` and `recipe` are None if a port replaces it."""

    kind: SeamKind
    file: str
    line: int
    column: int
    used: str
    why: str | None
    recipe: str | None


@dataclass(frozen=True, slots=True)
class OperationRecord:
    """An operation; `request` is None if v1 still answers it, for `reason`."""

    name: str
    function: str
    reads: bool
    request: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class FileRecord:
    """The fate of a file: changed, removed, unchanged, skipped or failed."""

    file: str
    result: str
    calls: int
    reason: str | None
    left: tuple[LeftCall, ...]


@dataclass(frozen=True, slots=True)
class RewriteRecord:
    """A whole plan."""

    service: str
    port: str
    seams: tuple[SeamRecord, ...]
    operations: tuple[OperationRecord, ...]
    files: tuple[FileRecord, ...]
    own_requests: tuple[OwnRequest, ...]


def rewrite_record(service: str, port: str, plan: RewritePlan, asked: tuple[OwnRequest, ...]) -> RewriteRecord:
    """The record of a plan."""
    return RewriteRecord(
        service,
        port,
        tuple(map(_seam_record, plan.seams)),
        tuple(map(_operation_record, plan.operations.sorted)),
        tuple(map(file_record, plan.files)),
        asked,
    )


def _seam_record(seam: Seam) -> SeamRecord:
    advice, place = recipe(seam), seam.place
    why, how = (None, None) if advice is None else (advice.why, advice.recipe)
    return SeamRecord(seam.kind, place.file, place.line, place.column, used(seam), why, how)


def _operation_record(operation: Operation) -> OperationRecord:
    request, reason = _request_or_reason(operation)
    return OperationRecord(operation.name, operation.function, operation.reads, request, reason)


def _request_or_reason(operation: Operation) -> tuple[str | None, str | None]:
    """The request with which v2 answers, or the reason why v1 still does."""
    match operation.answer:
        case Remote(method, path):
            return f"{method} {path}", None
        case Asked():
            return f"POST {PREFIX}/{operation.name}", None
        case Local(reason):
            return None, reason


def file_record(result: FileResult) -> FileRecord:
    """The record of a file."""
    match result:
        case Changed():
            return FileRecord(result.file, "changed", result.calls, None, result.left)
        case Removed():
            return FileRecord(result.file, "removed", 0, None, ())
        case Unchanged():
            return FileRecord(result.file, "unchanged", 0, None, ())
        case Skipped():
            return FileRecord(result.file, "skipped", 0, result.reason, result.left)
        case Failed():
            return FileRecord(result.file, "failed", 0, result.reason, ())


@dataclass(frozen=True, slots=True)
class RewritePage:
    """Renders a plan, or what was `written` of it: files, operations, then seams by kind and reason, with recipes."""

    service: str
    port: str
    plan: RewritePlan
    asked: tuple[OwnRequest, ...]
    written: bool

    def __rich_console__(
        self, console: rich.console.Console, options: rich.console.ConsoleOptions
    ) -> rich.console.RenderResult:
        numbers = Counter(seam.kind for seam in self.plan.seams)
        kinds = ", ".join(f"{numbers[kind]} {kind.value}" for kind in SeamKind if numbers[kind])
        yield Text.assemble((self.service, "bold"), f": {len(self.plan.seams)} seams ({kinds or 'none'})")
        if not self.plan.seams:
            yield Text(
                "no code of the monolith uses it: as far as the map knows there is nothing to rewrite."
                f" After the cut-over: strangler retire {self.service}; where that is new: strangler analyze"
            )
        yield from self._files()
        yield from self._operations()
        yield from self._rest()
        if self.asked:
            yield from section(f"Asked of itself, and not rewritten ({len(self.asked)})")
            yield from (Text(f"  {request.told}") for request in self.asked)

    def _files(self) -> Iterator[Text]:
        yield from section(self._heading())
        for result in self.plan.files:
            match result:
                case Changed():
                    what = "new" if result.before is None else f"{result.calls} calls" if result.calls else "anew"
                    yield Text(f"  {result.file} ({what})")
                case Removed():
                    yield Text(f"  {result.file} (goes)")
                case Unchanged():
                    yield Text(f"  {result.file} is as it should be", "dim")
                case Skipped():
                    yield Text(f"  {result.file} skipped: {result.reason}")
                case Failed():
                    yield Text(f"  {result.file} failed: {result.reason}")
        for call in self.plan.left:
            yield Text.assemble((f"  {call.place} ", "dim"), f"{call.callee} stays: {call.reason}")

    def _heading(self) -> str:
        if not any(isinstance(result, Changed | Removed) for result in self.plan.files):
            return "Nothing written" if self.written else "Nothing would change"
        return "Written" if self.written else "Would change"

    def _operations(self) -> Iterator[Text]:
        operations = self.plan.operations.sorted
        yield from section(f"Operations of {self.port} ({len(operations)})")
        for operation in operations:
            request, reason = _request_or_reason(operation)
            told = f"v1 only: {reason}" if request is None else f"v2: {request}"
            yield Text(f"  {operation.name} ({'reads' if operation.reads else 'writes'}) {told}")

    def _rest(self) -> Iterator[Text]:
        groups: defaultdict[tuple[int, str, str], list[Seam]] = defaultdict(list)
        order = {kind: position for position, kind in enumerate(SeamKind)}
        for seam in self.plan.seams:
            advice = recipe(seam)
            if advice is not None:
                groups[order[seam.kind], advice.why, advice.recipe].append(seam)
        yield from section(f"Not rewritten ({sum(map(len, groups.values()))})")
        for (_, why, how), seams in sorted(groups.items(), key=lambda item: item[0]):
            yield Text(f"{seams[0].kind.value}: {why}")
            yield Text(f"  recipe: {how}", "dim")
            for seam in seams:
                yield Text.assemble((f"  {seam.place} ", "dim"), used(seam))
