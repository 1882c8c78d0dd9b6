"""Lets the calls of one file go through a port; everything else in it stays, to the byte."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import libcst as cst
from libcst import metadata

from strangler_analyzers.rewriting.excerpt import Excerpt, excerpt_of
from strangler_analyzers.rewriting.file_results import (
    LONE_RETURN,
    WHY_LONE_RETURN,
    Changed,
    Failed,
    FileResult,
    LeftCall,
    Skipped,
    Unchanged,
)
from strangler_analyzers.rewriting.import_edits import ImportEdits, PortImport
from strangler_analyzers.rewriting.seams import SourcePosition


@dataclass(frozen=True, slots=True)
class CallSite:
    """A call in a file that goes to the operation `operation` of the port instead of `callee` (``module:name``).

    The place is that of the graph: where the name that is called begins, or ends where it is an attribute's.
    """

    place: SourcePosition
    callee: str
    operation: str


@dataclass(frozen=True, slots=True)
class FileTask:
    """One file: its source, the calls in it, the port, and the names that other files take from it."""

    file: str
    source: bytes
    sites: tuple[CallSite, ...]
    port: PortImport
    taken: frozenset[str] = frozenset()


def rewrite_file(task: FileTask) -> FileResult:
    """Rewrite the calls of one file; never raises."""
    try:
        return _rewrite(task)
    except cst.ParserSyntaxError as error:
        return Failed(task.file, f"cannot be parsed: {error.message}, line {error.raw_line}")
    except RecursionError:
        return Failed(task.file, "is nested too deep")
    except Exception as error:  # noqa: BLE001 - one file that libcst stumbles over must not stop the others
        return Failed(task.file, f"cannot be rewritten: {error!r}")


def _rewrite(task: FileTask) -> FileResult:
    if LONE_RETURN.search(task.source):
        return Skipped(task.file, WHY_LONE_RETURN)
    excerpt = excerpt_of(task.source, frozenset(site.place.line for site in task.sites), task.port.name)
    wrapper = metadata.MetadataWrapper(cst.parse_module(excerpt.source), unsafe_skip_copy=True)
    reading = _Reading(task, excerpt, wrapper)
    wrapper.visit(reading)
    edits = ImportEdits(wrapper, task.port, _kept(task, excerpt))
    for call, site, root in reading.found:
        reason = edits.refusal(call, root, site.callee)
        if reason is None:
            edits.take(call, root)
        else:
            reading.left.append(LeftCall(site.place, site.callee, reason))
    left = tuple(sorted(reading.left, key=lambda item: item.place))
    if not edits.calls:
        return Skipped(task.file, "no call in it can be rewritten", left) if left else Unchanged(task.file)
    operations = {call: site.operation for call, site, _ in reading.found if call in edits.calls}
    after = excerpt.filled(wrapper.module.visit(_Writing(operations, edits)).bytes)
    ast.parse(after)
    return Changed(task.file, task.source, after, len(operations), left)


def _kept(task: FileTask, excerpt: Excerpt) -> Callable[[str], bool]:
    """Which names must stay imported: others take them from here, or the rest of the file or a text names them."""
    public = task.file.rpartition("/")[2] == "__init__.py"
    return lambda name: public or name in task.taken or name in excerpt.words


class _Reading(cst.CSTVisitor):
    """Finds the calls of the sites; those that are not there any more are `left`."""

    METADATA_DEPENDENCIES = (metadata.PositionProvider,)

    def __init__(self, task: FileTask, excerpt: Excerpt, wrapper: metadata.MetadataWrapper) -> None:
        super().__init__()
        self._lines = excerpt.source.splitlines()
        self._sites = {(excerpt.lines.get(site.place.line, 0), site.place.column): site for site in task.sites}
        self._task_sites = task.sites
        self._positions = wrapper.resolve(metadata.PositionProvider)
        self.found: list[tuple[cst.Call, CallSite, cst.Name]] = []
        self._seen: set[CallSite] = set()
        self.left: list[LeftCall] = []

    def visit_Call(self, node: cst.Call) -> None:
        site = self._sites.get(self._place(node))
        if site is None:
            return
        self._seen.add(site)
        root = _root(node.func)
        if root is None:
            self.left.append(LeftCall(site.place, site.callee, "it is called through a value"))
        else:
            self.found.append((node, site, root))

    def leave_Module(self, original_node: cst.Module) -> None:
        for site in self._task_sites:
            if site not in self._seen:
                self.left.append(LeftCall(site.place, site.callee, "it is not there: run strangler analyze again"))

    def _place(self, call: cst.Call) -> tuple[int, int]:
        """Line and column of a call as the graph counts them, in bytes from 1."""
        ends = isinstance(call.func, cst.Attribute)
        point = self._positions[call.func].end if ends else self._positions[call].start
        line = self._lines[point.line - 1] if point.line <= len(self._lines) else b""
        text = line.decode("utf-8", "replace")[: point.column]
        return point.line, len(text.encode()) + 1


@dataclass
class _Writing(cst.CSTTransformer):
    """Puts the port in the place of what was called, and the imports in order."""

    operations: Mapping[cst.Call, str]
    edits: ImportEdits

    def __post_init__(self) -> None:
        super().__init__()

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        operation = self.operations.get(original_node)
        if operation is None:
            return updated_node
        func = updated_node.func
        assert isinstance(func, cst.Name | cst.Attribute)
        port = cst.Attribute(cst.Name(self.edits.port.name), cst.Name(operation), lpar=func.lpar, rpar=func.rpar)
        return updated_node.with_changes(func=port)

    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement]:
        lines = self.edits.replacement(original_node, updated_node)
        return lines[0] if len(lines) == 1 else cst.FlattenSentinel(lines)


def _root(func: cst.BaseExpression) -> cst.Name | None:
    """The first name of a dotted name; None of anything else."""
    while isinstance(func, cst.Attribute):
        func = func.value
    return func if isinstance(func, cst.Name) else None
