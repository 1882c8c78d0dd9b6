"""Units: the parts of a module that are kept or removed as a whole: functions, classes, methods, constants, rest."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from strangler_analyzers.retiring.mentions import Mentions, mentions_of

REST = "<module>"
_Function = ast.FunctionDef | ast.AsyncFunctionDef


class UnitKind(StrEnum):
    """The kinds of units."""

    FUNCTION = "function"
    CLASS = "class"
    METHOD = "method"
    CONSTANT = "constant"
    REST = "module"
    """The other code that runs when the module is imported."""
    TEMPLATE = "template"
    TEXT = "text"
    """A non-Python file, such as a settings file."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A part; `name` is ``module:qualname``, `lines` are the first, with decorators, and the last.

    `imports` are what the import statements inside it bind: name to module and name there. `decorators`, `bases` and
    `keywords` are those of a definition, as the source writes them.
    """

    name: str
    kind: UnitKind
    lines: tuple[int, int]
    mentions: Mentions
    imports: tuple[Binding, ...] = ()
    decorators: tuple[ast.expr, ...] = field(default=(), compare=False)
    bases: tuple[ast.expr, ...] = field(default=(), compare=False)
    has_keywords: bool = False

    @property
    def module(self) -> str:
        """The name of its module."""
        return self.name.partition(":")[0]

    @property
    def own(self) -> str:
        """Its own name."""
        return self.name.rpartition(":")[2].rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Binding:
    """An import: the name it binds, the module, and the name in it; None for the module itself, ``*`` for all."""

    name: str
    module: str
    attribute: str | None


@dataclass(frozen=True, slots=True)
class ModuleUnits:
    """A module: its units by name, what its imports bind at the top, and its source tree."""

    name: str
    units: Mapping[str, Unit]
    imports: tuple[Binding, ...]
    tree: ast.Module = field(compare=False)


def units_of(module: str, tree: ast.Module, *, is_package: bool, without: frozenset[int]) -> ModuleUnits:
    """The units of a module; `without` are ids of nodes that are taken not to be there any more."""
    package = module if is_package else module.rpartition(".")[0]
    numbers = Counter(name for node in tree.body for name in _bound(node))
    rest: list[ast.stmt] = []
    units: dict[str, Unit] = {}
    for node in tree.body:
        found = list(_units(module, node, package, without)) if all(numbers[n] == 1 for n in _bound(node)) else []
        units.update((unit.name, unit) for unit in found)
        if not found:
            rest.append(node)
    name = f"{module}:{REST}"
    units[name] = Unit(name, UnitKind.REST, (1, 1), mentions_of(rest, without))
    return ModuleUnits(module, units, tuple(bindings(rest, package)), tree)


def bindings(nodes: list[ast.stmt], package: str) -> Iterator[Binding]:
    """The bindings of the imports in some statements, including those in functions."""
    for top in nodes:
        for node in ast.walk(top):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    root = alias.name.partition(".")[0]
                    yield Binding(alias.asname or root, alias.name, None)
            elif isinstance(node, ast.ImportFrom):
                source = _source(node, package)
                for alias in node.names:
                    yield Binding(alias.asname or alias.name, source, alias.name)


def first_line(node: ast.stmt) -> int:
    """The first line of a statement, including its decorators."""
    decorators = node.decorator_list if isinstance(node, _Function | ast.ClassDef) else []
    return min([node.lineno, *(item.lineno for item in decorators)])


def is_constant(node: ast.stmt) -> str | None:
    """The name a statement gives to a value whose making does nothing; None of any other statement."""
    match node:
        case (
            ast.Assign(targets=[ast.Name(id=name)], value=value) | ast.AnnAssign(target=ast.Name(id=name), value=value)
        ):
            pass
        case _:
            return None
    return name if value is not None and not name.startswith("__") and _does_nothing(value) else None


_MAKERS = frozenset(
    {"Signal", "compile", "frozenset", "set", "dict", "list", "tuple", "timedelta", "Decimal", "getLogger"}
)


def _does_nothing(value: ast.expr) -> bool:
    for node in ast.walk(value):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).rpartition(".")[2]
            if name not in _MAKERS:
                return False
        elif isinstance(node, ast.Await | ast.Yield | ast.YieldFrom | ast.NamedExpr):
            return False
    return True


def _bound(node: ast.stmt) -> tuple[str, ...]:
    if isinstance(node, _Function | ast.ClassDef):
        return (node.name,)
    return tuple(
        found.id for found in ast.walk(node) if isinstance(found, ast.Name) and isinstance(found.ctx, ast.Store)
    ) + tuple(found.name for found in ast.walk(node) if isinstance(found, _Function | ast.ClassDef))


def _units(module: str, node: ast.stmt, package: str, without: frozenset[int]) -> Iterator[Unit]:
    if isinstance(node, _Function):
        yield _function(f"{module}:{node.name}", UnitKind.FUNCTION, node, package, without)
    elif isinstance(node, ast.ClassDef):
        yield from _class(module, node, package, without)
    else:
        name = is_constant(node)
        if name is not None:
            value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
            lines = (node.lineno, node.end_lineno or node.lineno)
            said = mentions_of([value] if value is not None else [], without)
            yield Unit(f"{module}:{name}", UnitKind.CONSTANT, lines, said)


def _function(name: str, kind: UnitKind, node: _Function, package: str, without: frozenset[int]) -> Unit:
    said = mentions_of(ast.iter_child_nodes(node), without)
    lines = (first_line(node), node.end_lineno or node.lineno)
    return Unit(name, kind, lines, said, tuple(bindings(node.body, package)), tuple(node.decorator_list))


def _class(module: str, node: ast.ClassDef, package: str, without: frozenset[int]) -> Iterator[Unit]:
    name = f"{module}:{node.name}"
    numbers = Counter(item.name for item in node.body if isinstance(item, _Function))
    methods = [item for item in node.body if isinstance(item, _Function) and numbers[item.name] == 1]
    body = [item for item in node.body if item not in methods]
    keywords = [*node.keywords, *node.decorator_list, *node.bases]
    said = mentions_of([*keywords, *body], without)
    lines = (first_line(node), node.end_lineno or node.lineno)
    imports = tuple(bindings(body, package))
    yield Unit(
        name, UnitKind.CLASS, lines, said, imports, tuple(node.decorator_list), tuple(node.bases), bool(node.keywords)
    )
    for method in methods:
        yield _function(f"{name}.{method.name}", UnitKind.METHOD, method, package, without)


def _source(node: ast.ImportFrom, package: str) -> str:
    parts = package.split(".")
    above = ".".join(parts[: len(parts) - node.level + 1]) if node.level else ""
    return ".".join(filter(None, (above, node.module or "")))
