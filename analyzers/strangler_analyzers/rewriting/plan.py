"""The plan of a rewrite: seams, operations of the port, and what every file is to become."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from strangler.model.system import ModuleRole
from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_analyzers.rewriting.answering import Answering
from strangler_analyzers.rewriting.boundary import Boundary
from strangler_analyzers.rewriting.call_sites import CallSite, FileTask, rewrite_file
from strangler_analyzers.rewriting.file_results import Changed, Failed, FileResult, LeftCall, Skipped, Unchanged
from strangler_analyzers.rewriting.import_edits import PortImport
from strangler_analyzers.rewriting.operations import Operations, find_operations
from strangler_analyzers.rewriting.port_source import adapter_files, is_untouched, port_files
from strangler_analyzers.rewriting.request_transactions import request_transaction
from strangler_analyzers.rewriting.seam_finding import find_seams
from strangler_analyzers.rewriting.seams import FunctionCall, Seam
from strangler_analyzers.rewriting.sources import ReadFile, Sources


@dataclass(frozen=True, slots=True)
class RewritePlan:
    """Everything one rewrite finds out; `files` are those of the port, then those with calls, by name."""

    seams: tuple[Seam, ...]
    operations: Operations
    files: tuple[FileResult, ...]

    @property
    def left(self) -> tuple[LeftCall, ...]:
        """The calls a port could take and that stay all the same."""
        return tuple(call for result in self.files if isinstance(result, Changed | Skipped) for call in result.left)


def plan_rewrite(
    graph: SystemGraph,
    boundary: Boundary,
    read: ReadFile,
    answering: Answering,
    wanted: Callable[[str], bool] = lambda _: True,
) -> RewritePlan:
    """Plan it. `read` gives the bytes of a file; `wanted` says which files with calls may change."""
    seams = find_seams(graph, boundary, request_transaction(graph, read))
    sources = Sources(graph.modules, read)
    operations = find_operations(graph, boundary, seams, sources, answering)
    planning = _Planning(graph, boundary, read, operations, answering)
    files: list[FileResult] = list(planning.port()) if operations.by_function else []
    blocked = next((item for item in files if isinstance(item, Skipped | Failed)), None)
    calls = [planning.call_sites(file, items, blocked) for file, items in _by_file(seams) if wanted(file)]
    return RewritePlan(seams, operations, (*files, *calls))


def _by_file(seams: Sequence[Seam]) -> Iterator[tuple[str, list[FunctionCall]]]:
    found: defaultdict[str, list[FunctionCall]] = defaultdict(list)
    for seam in seams:
        if isinstance(seam, FunctionCall):
            found[seam.place.file].append(seam)
    yield from sorted(found.items(), key=lambda item: item[0])


@dataclass(frozen=True)
class _Planning:
    graph: SystemGraph
    boundary: Boundary
    read: ReadFile
    operations: Operations
    answering: Answering

    def port(self) -> Iterator[FileResult]:
        """The files of the port, and those of the service's half of it."""
        folder = port_folder(self.graph, self.boundary)
        for name, text in sorted(port_files(self.boundary, self.operations.sorted, self.answering).items()):
            yield self._port_file(f"{folder}/{name}", text.encode())
        adapter = self.answering.adapter
        if adapter is not None:
            for name, text in sorted(adapter_files(self.boundary, self.operations.sorted).items()):
                yield self._port_file(f"{adapter}/{name}", text.encode())

    def _port_file(self, file: str, after: bytes) -> FileResult:
        try:
            before = self.read(file)
        except FileNotFoundError:
            return Changed(file, None, after)
        except OSError as error:
            return Failed(file, f"cannot be read: {error.strerror}")
        if before == after:
            return Unchanged(file)
        if not is_untouched(before):
            return Skipped(file, "somebody has edited it: move the changes elsewhere, or keep the port by hand")
        return Changed(file, before, after)

    def call_sites(self, file: str, seams: list[FunctionCall], blocked: FileResult | None) -> FileResult:
        """What becomes of a file with calls; nothing where the port could not be written."""
        if blocked is not None:
            return Skipped(file, f"{blocked.file} could not be written")
        refused = self.operations.refused
        left = [LeftCall(s.place, s.callee, refused[s.callee]) for s in seams if s.callee in refused]
        sites = [s for s in seams if s.callee not in refused]
        names = {seam.callee.rpartition(":")[2] for seam in sites}
        module = seams[0].function.partition(":")[0]
        patched = self._patched(module, names)
        left += [
            LeftCall(s.place, s.callee, f"{test} replaces it by name") for s in sites if (test := patched.get(_own(s)))
        ]
        sites = [s for s in sites if _own(s) not in patched]
        try:
            source = self.read(file)
        except OSError as error:
            return Failed(file, f"cannot be read: {error.strerror}")
        task = FileTask(
            file,
            source,
            tuple(CallSite(s.place, s.callee, self.operations.by_function[s.callee].name) for s in sites),
            PortImport(f"{self.boundary.port}.switch", f"{self.boundary.service.replace('-', '_')}_port"),
            self._taken(module),
        )
        return _with_left(rewrite_file(task), left)

    def _taken(self, module: str) -> frozenset[str]:
        """Every word in the files that import a module, so each name they may take from it."""
        importers = {item.importer for item in self.graph.facts.imports if item.imported == module}
        words: set[str] = set()
        for importer in sorted(importers):
            words.update(re.findall(r"\w+", self._text(importer)))
        return frozenset(words)

    def _patched(self, module: str, names: set[str]) -> dict[str, str]:
        """The names that a test replaces in a module (``mock.patch("module.name")``), with the test's file."""
        found: dict[str, str] = {}
        for test in self.graph.facts.modules:
            if test.role is ModuleRole.TEST:
                text = self._text(test.name)
                if module in text:
                    found |= {name: test.file for name in names if f"{module}.{name}" in text}
        return found

    def _text(self, module: str) -> str:
        known = self.graph.modules.get(module)
        try:
            return "" if known is None else self.read(known.file).decode("utf-8", "replace")
        except OSError:
            return ""


def _own(seam: FunctionCall) -> str:
    return seam.callee.rpartition(":")[2]


def _with_left(result: FileResult, left: list[LeftCall]) -> FileResult:
    match result:
        case Changed():
            every = tuple(sorted((*result.left, *left), key=lambda call: call.place))
            return Changed(result.file, result.before, result.after, result.calls, every)
        case Skipped():
            return Skipped(result.file, result.reason, tuple(sorted((*result.left, *left), key=lambda c: c.place)))
        case Unchanged() if left:
            return Skipped(result.file, "no call in it can be rewritten", tuple(left))
        case _:
            return result


def port_folder(graph: SystemGraph, boundary: Boundary) -> str:
    """The folder of the port: beside that of the service's first module."""
    first = boundary.modules[0]
    module = graph.modules.get(first)
    if module is None:
        inside = sorted(name for name in graph.modules if boundary.holds(name))
        module = graph.modules[inside[0]] if inside else None
    name = boundary.port.rpartition(".")[2]
    if module is None:
        return boundary.port.replace(".", "/")
    path = module.file.removesuffix("/__init__.py").removesuffix(".py").split("/")
    depth = module.name.count(".") - first.count(".")
    parent = path[: len(path) - 1 - depth]
    return "/".join((*parent, name))
