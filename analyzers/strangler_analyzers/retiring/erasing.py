"""Removes definitions, entries and imports from one file; everything else stays byte for byte."""

from __future__ import annotations

import ast
from collections.abc import Sequence

import libcst as cst
from libcst import metadata

from strangler_analyzers.retiring.removal import Erasure
from strangler_analyzers.retiring.spacing import Statement, kept_statements, without_comment_of_first
from strangler_analyzers.rewriting.file_results import (
    LONE_RETURN,
    WHY_LONE_RETURN,
    Changed,
    Failed,
    FileResult,
    Skipped,
    Unchanged,
)
from strangler_analyzers.rewriting.import_edits import without_names

_NOTHING = "View.as_view()"
"""Django's view that answers every method with 405."""


def erase(file: str, source: bytes, erasure: Erasure) -> FileResult:
    """Erase it; never raises."""
    if LONE_RETURN.search(source):
        return Skipped(file, WHY_LONE_RETURN)
    try:
        wrapper = metadata.MetadataWrapper(cst.parse_module(source), unsafe_skip_copy=True)
        after = wrapper.module.visit(_Erasing(wrapper, erasure)).bytes
        ast.parse(after)
    except cst.ParserSyntaxError as error:
        return Failed(file, f"cannot be parsed: {error.message}, line {error.raw_line}")
    except RecursionError:
        return Failed(file, "is nested too deep")
    except Exception as error:  # noqa: BLE001 - one file that libcst stumbles over must not stop the others
        return Failed(file, f"cannot be changed: {error!r}")
    return Unchanged(file) if after == source else Changed(file, source, after)


class _Erasing(cst.CSTTransformer):
    def __init__(self, wrapper: metadata.MetadataWrapper, erasure: Erasure) -> None:
        super().__init__()
        self._erasure = erasure
        self._positions = wrapper.resolve(metadata.PositionProvider)
        self._lines = wrapper.module.bytes.decode(wrapper.module.encoding, "replace").splitlines()
        self._path: list[str] = []
        self._dropped: set[cst.CSTNode] = set()

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        self._path.append(node.name.value)

    def visit_ClassDef(self, node: cst.ClassDef) -> None:
        self._path.append(node.name.value)

    def leave_FunctionDef(self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef) -> cst.FunctionDef:
        self._leave(original_node)
        return updated_node

    def leave_ClassDef(self, original_node: cst.ClassDef, updated_node: cst.ClassDef) -> cst.ClassDef:
        self._leave(original_node)
        return updated_node

    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.SimpleStatementLine:
        one = original_node.body[0] if len(original_node.body) == 1 else None
        rest = [
            found
            for old, new in zip(original_node.body, updated_node.body, strict=True)
            if (found := self._without_imports(old, new)) is not None
        ]
        if not rest or (not self._path and one is not None and _assigned(one) in self._erasure.names):
            self._dropped.add(original_node)  # the block leaves it out: here it would take its blank lines along
            return updated_node
        return updated_node.with_changes(body=rest)

    def leave_If(self, original_node: cst.If, updated_node: cst.If) -> cst.If:
        body = updated_node.body
        if isinstance(body, cst.IndentedBlock) and not body.body and updated_node.orelse is None:
            self._dropped.add(original_node)
        return updated_node

    def leave_IndentedBlock(
        self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock
    ) -> cst.IndentedBlock:
        return updated_node.with_changes(body=kept_statements(original_node.body, updated_node.body, self._dropped))

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        if self._place(original_node) not in self._erasure.emptied:
            return updated_node
        view = updated_node.args[1].with_changes(value=cst.parse_expression(_NOTHING))
        return updated_node.with_changes(args=[updated_node.args[0], view, *updated_node.args[2:]])

    def leave_List(self, original_node: cst.List, updated_node: cst.List) -> cst.BaseExpression:
        kept = self._kept(original_node.elements, updated_node.elements)
        if len(kept) == len(updated_node.elements):
            return updated_node
        if not kept:
            return cst.List([], lpar=updated_node.lpar, rpar=updated_node.rpar)
        return updated_node.with_changes(elements=_with_last(kept, updated_node.elements[-1]))

    def leave_Module(self, original_node: cst.Module, updated_node: cst.Module) -> cst.Module:
        body = kept_statements(original_node.body, updated_node.body, self._dropped)
        if self._erasure.emptied and not _imports_view(body):
            body.insert(_place_for_import(body), cst.SimpleStatementLine([_import_of_view()]))
        first = original_node.body[0] if original_node.body else None
        header = updated_node.header
        if first in self._dropped and isinstance(first, cst.FunctionDef | cst.ClassDef):
            header = without_comment_of_first(header)
        return updated_node.with_changes(body=body, header=header)

    def _leave(self, original: cst.FunctionDef | cst.ClassDef) -> None:
        if ".".join(self._path) in self._erasure.names:
            self._dropped.add(original)
        self._path.pop()

    def _without_imports(
        self, original: cst.BaseSmallStatement, updated: cst.BaseSmallStatement
    ) -> cst.BaseSmallStatement | None:
        if not isinstance(updated, cst.Import | cst.ImportFrom):
            return updated
        line = self._positions[original].start.line
        gone = {name for number, name in self._erasure.imports if number == line}
        return without_names(updated, gone) if gone else updated

    def _kept(self, original: Sequence[cst.BaseElement], updated: Sequence[cst.BaseElement]) -> list[cst.BaseElement]:
        return [
            new
            for old, new in zip(original, updated, strict=True)
            if not (isinstance(old.value, cst.Call) and self._place(old.value) in self._erasure.entries)
        ]

    def _place(self, node: cst.CSTNode) -> tuple[int, int]:
        """Line and column as ``ast`` counts them, the column in bytes from 0."""
        point = self._positions[node].start
        line = self._lines[point.line - 1] if point.line <= len(self._lines) else ""
        return point.line, len(line[: point.column].encode())


def _assigned(node: cst.BaseSmallStatement) -> str | None:
    match node:
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))]):
            return name
        case cst.AnnAssign(target=cst.Name(value=name)):
            return name
        case _:
            return None


def _with_last(kept: list[cst.BaseElement], last: cst.BaseElement) -> list[cst.BaseElement]:
    """Let the last remaining element end the list like the former last one."""
    ending = last.comma if isinstance(last, cst.Element | cst.StarredElement) else cst.MaybeSentinel.DEFAULT
    return [*kept[:-1], kept[-1].with_changes(comma=ending)]


def _imports_view(body: Sequence[Statement]) -> bool:
    for line in body:
        if isinstance(line, cst.SimpleStatementLine):
            for node in line.body:
                if isinstance(node, cst.ImportFrom) and not isinstance(node.names, cst.ImportStar):
                    bound = {alias.evaluated_alias or alias.evaluated_name for alias in node.names}
                    if "View" in bound:
                        return True
    return False


def _import_of_view() -> cst.ImportFrom:
    return cst.ImportFrom(cst.Attribute(cst.Name("django"), cst.Name("views")), [cst.ImportAlias(cst.Name("View"))])


def _place_for_import(body: Sequence[Statement]) -> int:
    """Behind the last import of Django that sorts before it, else before the first import."""
    first: int | None = None
    place: int | None = None
    for number, line in enumerate(body):
        statement = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None
        if not isinstance(statement, cst.Import | cst.ImportFrom):
            continue
        first = number if first is None else first
        if isinstance(statement, cst.ImportFrom) and statement.module is not None:
            module = cst.Module([]).code_for_node(statement.module)
            if module.startswith("django") and module <= "django.views":
                place = number + 1
    return place if place is not None else first or 0
