"""The output of `strangler generate`: the generated or outdated files, and the handlers still to be written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from rich.console import Console, ConsoleOptions, RenderableType

from strangler.cli.render.rejects import line
from strangler.contracts.generation.folder import Comparison, State
from strangler.contracts.generation.handlers import Handler, HandlerReport
from strangler.contracts.generation.service_code import ServiceCode
from strangler.model.json_value import JsonObject
from strangler.model.quantity import quantity

_WRITTEN = (State.MISSING, State.OUTDATED, State.EDITED)


@dataclass(frozen=True, slots=True)
class GeneratedPage:
    """The result for people; `is_check` if nothing was written, `is_strict` if missing handlers are failures.

    The models that are `unstored` get no table.
    """

    service: str
    folder: Path
    comparison: Comparison
    report: HandlerReport
    tables: Sequence[str]
    is_check: bool
    is_strict: bool
    unstored: Sequence[str] = ()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """Yield the lines."""
        yield from map(line, self._check() if self.is_check else self._written())
        if self.tables:
            yield from map(
                line, _listed("tables that changed: write a migration", [f"  {item}" for item in self.tables])
            )
        if self.unstored:
            yield line(
                f"tables.sql has no table for {', '.join(self.unstored)}: no field is called id, and is required"
            )
        yield from map(line, self._handlers())

    def _check(self) -> Iterator[str]:
        if self.comparison.is_current:
            yield f"{self.folder}: the generated code is that of the document"
            return
        yield f"{self.folder}: the generated code is not that of the document; run: strangler generate {self.service}"
        yield from (
            f"  {item.state}: {item.path}" for item in self.comparison.files if item.state is not State.UNCHANGED
        )
        yield from (f"  to be begun: {path}" for path in self.comparison.begun)

    def _written(self) -> Iterator[str]:
        written, removed = self.comparison.of(*_WRITTEN), self.comparison.of(State.OBSOLETE)
        if self.comparison.is_current:
            yield f"{self.folder}: nothing to do, the generated code is that of the document"
            return
        same = quantity(len(self.comparison.of(State.UNCHANGED)), "file")
        yield f"{self.folder}: {quantity(len(written), 'generated file')} written, {same} unchanged"
        if removed:
            yield f"removed: {_names(removed)}"
        if self.comparison.begun:
            yield f"yours from now on: {_names(self.comparison.begun)}"

    def _handlers(self) -> Iterator[str]:
        report = self.report
        yield from _listed("handlers that are missing", [f"  {name}" for name in report.missing])
        yield from _listed("handlers to be written", [*map(_place, report.unwritten)])
        yield from _listed("handlers that no operation asks for any more", [*map(_place, report.obsolete)])
        yield from (f"{file} cannot be read: it is no Python" for file in report.unread)
        if self.is_check and not self.is_strict and not report.is_complete:
            yield "what has no handler is answered with 501; they do not count here; --strict fails for them"


def _names(paths: Sequence[PurePosixPath]) -> str:
    return ", ".join(map(str, paths))


def _listed(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield f"{title} ({len(lines)}):"
        yield from lines


def _place(handler: Handler) -> str:
    return f"  {handler.name}  {handler.file}:{handler.line}"


def generated_record(
    folder: Path,
    code: ServiceCode,
    comparison: Comparison,
    report: HandlerReport,
    tables: Sequence[str],
    *,
    is_check: bool,
) -> JsonObject:
    """The result for programs; `states` are those found before anything was written."""
    return {
        "folder": str(folder),
        "package": code.package,
        "document": code.document,
        "current": comparison.is_current or not is_check,
        "states": {str(item.path): str(item.state) for item in comparison.files},
        "tables": list(tables),
        "begun": [str(path) for path in comparison.begun],
        "handlers": {
            "missing": list(report.missing),
            "unwritten": [_handler(item) for item in report.unwritten],
            "obsolete": [_handler(item) for item in report.obsolete],
            "unread": list(report.unread),
        },
    }


def _handler(item: Handler) -> JsonObject:
    return {"name": item.name, "file": item.file, "line": item.line}
