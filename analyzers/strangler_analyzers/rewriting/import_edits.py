"""The imports a file needs once calls go through a port, and those it no longer needs."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import libcst as cst
from libcst import metadata

_MAY_STAND_HERE = re.compile(
    r"#\s*(noqa\s*($|:[\w\s,]*\b(E402|PLC0415)\b)|pylint:\s*disable=[\w\s,-]*\bwrong-import-position\b)"
)


@dataclass(frozen=True, slots=True)
class PortImport:
    """``from MODULE import NAME``: how a file gets at the port."""

    module: str
    name: str

    def statement(self) -> cst.ImportFrom:
        """The import."""
        module = cst.parse_expression(self.module)
        assert isinstance(module, cst.Name | cst.Attribute)
        return cst.ImportFrom(module, [cst.ImportAlias(cst.Name(self.name))])


_Import = cst.Import | cst.ImportFrom


class ImportEdits:
    """Collects the calls that are taken, then says what becomes of each line with imports.

    The port is imported where what was called is: at the top, or in the function. A name that nothing uses any more
    goes, and its line with it; the new line takes that one's place, else it stands behind the last of them.
    """

    def __init__(self, wrapper: metadata.MetadataWrapper, port: PortImport, kept: Callable[[str], bool]) -> None:
        self.port = port
        self.calls: set[cst.Call] = set()
        self._kept = kept
        self._scopes = wrapper.resolve(metadata.ScopeProvider)
        self._lines = _ImportLines()
        wrapper.module.visit(self._lines)
        self._roots: dict[metadata.ImportAssignment, set[cst.CSTNode]] = {}
        self._homes: dict[_Import, cst.CSTNode] = {}
        self._taken = any(self._is_taken(scope) for scope in set(self._scopes.values()) if scope is not None)
        self._plan: dict[cst.SimpleStatementLine, tuple[set[str], bool]] | None = None

    def refusal(self, call: cst.Call, root: cst.Name, callee: str) -> str | None:
        """Why the call of a dotted name that begins with `root` cannot be taken; None when it can."""
        if self._taken:
            return f"the name {self.port.name} means something else in this file"
        found = self._assignments(root)
        imported = [item for item in found if isinstance(item, metadata.ImportAssignment)]
        if not imported or len(imported) != len(found):
            return f"{root.value} is not only an imported name here"
        if len(imported) > 1:
            return f"{root.value} is imported in several places"
        if not isinstance(imported[0].node, cst.Import | cst.ImportFrom):
            return f"{root.value} is not only an imported name here"
        if isinstance(imported[0].node, cst.ImportFrom) and isinstance(imported[0].node.names, cst.ImportStar):
            return f"{root.value} comes from an import of everything"
        if imported[0].node not in self._lines.home:
            return f"the import of {root.value} stands under a condition, or shares its line"
        return self._other_name(root, callee) if call.func is root else None

    def take(self, call: cst.Call, root: cst.Name) -> None:
        """Let a call go through the port."""
        self.calls.add(call)
        for item in self._assignments(root):
            if isinstance(item, metadata.ImportAssignment):
                self._roots.setdefault(item, set()).add(root)

    def replacement(
        self, original: cst.SimpleStatementLine, updated: cst.SimpleStatementLine
    ) -> list[cst.SimpleStatementLine]:
        """The lines that take the place of one."""
        if self._plan is None:
            self._plan = self._planned()
        if original not in self._plan:
            return [updated]
        gone, adds = self._plan[original]
        statement = updated.body[0]
        assert isinstance(statement, cst.Import | cst.ImportFrom)
        rest = without_names(statement, gone)
        if rest is None:
            return [updated.with_changes(body=[self.port.statement()])] if adds else []
        kept = updated.with_changes(body=[rest])
        if not adds:
            return [kept]
        port = cst.SimpleStatementLine([self.port.statement()])
        excuse = _excuse(updated)
        return [kept, port if excuse is None else port.with_changes(trailing_whitespace=excuse)]

    def _planned(self) -> dict[cst.SimpleStatementLine, tuple[set[str], bool]]:
        """For each line with imports the names that go, and whether the port is imported there."""
        gone: dict[cst.SimpleStatementLine, set[str]] = {}
        homes: dict[cst.CSTNode, set[cst.SimpleStatementLine]] = {}
        for item, roots in self._roots.items():
            assert isinstance(item.node, cst.Import | cst.ImportFrom)
            line, home = self._lines.home[item.node]
            names = gone.setdefault(line, set())
            if self._is_unused(item, roots):
                names.add(item.name)
            homes.setdefault(home, set()).add(line)
        adding = {self._adding(lines, gone) for home, lines in homes.items() if not self._is_imported(home)}
        return {line: (names, line in adding) for line, names in gone.items()}

    def _adding(
        self, lines: set[cst.SimpleStatementLine], gone: dict[cst.SimpleStatementLine, set[str]]
    ) -> cst.SimpleStatementLine:
        """Which line the import of the port takes the place of, or stands behind."""
        inside = sorted(lines, key=lambda line: self._lines.order[line])
        empty = (line for line in inside if all(_bound(alias) in gone[line] for alias in _line_aliases(line)))
        return next(empty, inside[-1])

    def _is_unused(self, item: metadata.ImportAssignment, roots: set[cst.CSTNode]) -> bool:
        if self._kept(item.name):
            return False
        if isinstance(item.node, cst.Import) and any(_is_dotted(alias) for alias in item.node.names):
            return False  # import a.b binds a, and makes a.b known to others
        return all(_first(access.node) in roots for access in item.references)

    def _assignments(self, root: cst.Name) -> list[metadata.BaseAssignment]:
        scope = self._scopes.get(root)
        return list(scope[root.value]) if scope is not None else []

    def _is_taken(self, scope: metadata.Scope) -> bool:
        return any(
            not self._is_port(item) and not isinstance(item, metadata.BuiltinAssignment)
            for item in scope.assignments[self.port.name]
        )

    def _is_imported(self, home: cst.CSTNode) -> bool:
        """Whether the port is imported already, at the top or in this function."""
        scopes = {scope for scope in self._scopes.values() if scope is not None}
        return any(
            self._is_port(item) and (isinstance(scope, metadata.GlobalScope) or self._lines.is_in(item, home))
            for scope in scopes
            for item in scope.assignments[self.port.name]
        )

    def _is_port(self, item: metadata.BaseAssignment) -> bool:
        if not isinstance(item, metadata.ImportAssignment) or not isinstance(item.node, cst.ImportFrom):
            return False
        return item.get_module_name_for_import() == self.port.module

    def _other_name(self, root: cst.Name, callee: str) -> str | None:
        """Why what is called may be something else than the graph says: the source has changed since."""
        for item in self._assignments(root):
            if isinstance(item, metadata.ImportAssignment) and isinstance(item.node, cst.ImportFrom):
                alias = next((a for a in _aliases(item.node) if _bound(a) == root.value), None)
                if alias is not None:
                    name = alias.evaluated_name
                    if name != callee.rpartition(":")[2]:
                        return f"{name} stands for {callee} by another name"
        return None


def _excuse(line: cst.SimpleStatementLine) -> cst.TrailingWhitespace | None:
    """The linter comment that permits imports at this position; a line added after it needs the same comment."""
    found = line.trailing_whitespace
    return found if found.comment is not None and _MAY_STAND_HERE.match(found.comment.value) else None


class _ImportLines(cst.CSTVisitor):
    """The lines that hold one import statement, with the module or function they stand in."""

    def __init__(self) -> None:
        super().__init__()
        self.home: dict[_Import, tuple[cst.SimpleStatementLine, cst.CSTNode]] = {}
        self.order: dict[cst.SimpleStatementLine, int] = {}

    def visit_Module(self, node: cst.Module) -> None:
        self._collect(node.body, node)

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        if isinstance(node.body, cst.IndentedBlock):
            self._collect(node.body.body, node)

    def visit_SimpleStatementLine(self, node: cst.SimpleStatementLine) -> bool:
        return False  # no function is in it

    def is_in(self, item: metadata.BaseAssignment, home: cst.CSTNode) -> bool:
        """Whether an import stands directly in a module or function."""
        node = item.node if isinstance(item, metadata.ImportAssignment) else None
        return isinstance(node, cst.Import | cst.ImportFrom) and node in self.home and self.home[node][1] is home

    def _collect(self, body: Sequence[cst.BaseStatement], home: cst.CSTNode) -> None:
        for line in body:
            if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1:
                statement = line.body[0]
                if isinstance(statement, cst.Import | cst.ImportFrom):
                    self.home[statement] = (line, home)
                    self.order[line] = len(self.order)


def without_names(statement: _Import, gone: set[str]) -> _Import | None:
    """An import without some of its names; None when none is left."""
    aliases = _aliases(statement)
    rest = [alias for alias in aliases if _bound(alias) not in gone]
    if not rest:
        return None
    if len(rest) == len(aliases):
        return statement
    changed = statement.with_changes(names=rest)
    return changed if rest[-1] is aliases[-1] else _with_last(changed, rest, aliases[-1].comma)


def _with_last(statement: _Import, rest: list[cst.ImportAlias], comma: cst.Comma | cst.MaybeSentinel) -> _Import:
    """Let the last name that is left end the list as the former last did, and keep the comment behind it."""
    before = rest[-1].comma
    rpar = statement.rpar if isinstance(statement, cst.ImportFrom) else None
    commented = isinstance(before, cst.Comma) and _has_comment(before.whitespace_after)
    if not isinstance(before, cst.Comma) or rpar is None or not commented:
        last = rest[-1].with_changes(comma=comma)
        return statement.with_changes(names=[*rest[:-1], last])
    ending = comma.whitespace_after if isinstance(comma, cst.Comma) else rpar.whitespace_before
    space = before.whitespace_after
    if isinstance(ending, cst.ParenthesizedWhitespace) and isinstance(space, cst.ParenthesizedWhitespace):
        space = space.with_changes(indent=ending.indent, last_line=ending.last_line)
    last = rest[-1].with_changes(comma=before.with_changes(whitespace_after=space))
    closing = rpar if isinstance(comma, cst.Comma) else rpar.with_changes(whitespace_before=cst.SimpleWhitespace(""))
    return statement.with_changes(names=[*rest[:-1], last], rpar=closing)


def _has_comment(space: cst.BaseParenthesizableWhitespace) -> bool:
    return isinstance(space, cst.ParenthesizedWhitespace) and space.first_line.comment is not None


def _line_aliases(line: cst.SimpleStatementLine) -> list[cst.ImportAlias]:
    statement = line.body[0]
    return _aliases(statement) if isinstance(statement, cst.Import | cst.ImportFrom) else []


def _aliases(statement: _Import) -> list[cst.ImportAlias]:
    return [] if isinstance(statement.names, cst.ImportStar) else list(statement.names)


def _bound(alias: cst.ImportAlias) -> str:
    return alias.evaluated_alias or alias.evaluated_name


def _is_dotted(alias: cst.ImportAlias) -> bool:
    return alias.evaluated_alias is None and "." in alias.evaluated_name


def _first(node: cst.CSTNode) -> cst.CSTNode:
    while isinstance(node, cst.Attribute):
        node = node.value
    return node
