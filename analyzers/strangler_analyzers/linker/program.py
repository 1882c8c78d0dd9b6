"""The program's symbol table: modules, their scopes and what each name in them is bound to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from strangler.model.location import Location
from strangler.model.system import ModuleRole
from strangler_analyzers.linker.stores import Store, mutation, stored
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.extraction import ParsedFile
from strangler_analyzers.source.traversal import lambdas, steps


@dataclass(frozen=True, slots=True)
class ImportedModule:
    """``import a.b as c`` binds ``c`` to ``a.b``; ``import a.b`` binds ``a`` to ``a``."""

    module: str


@dataclass(frozen=True, slots=True)
class ImportedName:
    """``from module import name``."""

    module: str
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Assigned:
    """Bound to an expression's value; `path` picks an element of it for each level of unpacking."""

    expression: s.Expression
    path: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Annotated:
    """Declared with a type and perhaps without a value."""

    annotation: s.Expression


@dataclass(frozen=True, slots=True, eq=False)
class Iterated:
    """Bound to each element of an iterable."""

    iterable: s.Expression
    path: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Entered:
    """Bound by ``with context as name``."""

    context: s.Expression
    path: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Defined:
    """Bound by ``def`` or ``class``."""

    scope: Scope


@dataclass(frozen=True, slots=True, eq=False)
class Elsewhere:
    """Bound by the code of another scope: a function that puts something into a list of its module."""

    binding: Assigned
    scope: Scope


@dataclass(frozen=True, slots=True, eq=False)
class Decorated:
    """A function with only the innermost `count` of its decorators: what the next one is called with."""

    scope: Scope
    count: int


@dataclass(frozen=True, slots=True, eq=False)
class Argument:
    """A parameter of the scope's function."""

    parameter: s.Parameter
    position: int


Step: TypeAlias = s.Call | s.Attribute | s.Assign | s.Loop | s.Generator
Binding: TypeAlias = (
    ImportedModule
    | ImportedName
    | Assigned
    | Annotated
    | Iterated
    | Entered
    | Defined
    | Decorated
    | Elsewhere
    | Argument
)


@dataclass(slots=True, eq=False)
class Scope:
    """A module, class or function with the names bound in it.

    `name` is ``module:qualname`` as `__qualname__` spells it (``<locals>`` included), ``module:<module>`` for a module.
    """

    module: Unit
    qualname: str
    node: s.Tree | s.Class | s.Function
    parent: Scope | None
    bindings: dict[str, list[Binding]] = field(default_factory=dict[str, list[Binding]])
    attributes: dict[str, list[tuple[Binding, Scope]]] = field(default_factory=dict[str, "list[tuple[Binding, Scope]]"])
    """Of a class: what its methods bind on ``self``, with the method."""
    stars: list[str] = field(default_factory=list[str])
    """Modules whose names ``import *`` brings in."""
    children: list[Scope] = field(default_factory=list["Scope"])
    by_node: dict[s.Function | s.Class, Scope] = field(default_factory=dict["s.Function | s.Class", "Scope"])
    """The children by the node that defines each."""
    applications: tuple[s.Call, ...] = ()
    """The calls a function's or class's decorators stand for, innermost first, each of what the one before returns."""
    _steps: Sequence[Step] | None = field(init=False, repr=False, default=None)

    @property
    def name(self) -> str:
        """``module:qualname``."""
        return f"{self.module.name}:{self.qualname or '<module>'}"

    @property
    def is_class(self) -> bool:
        """Whether this is a class body."""
        return isinstance(self.node, s.Class)

    @property
    def is_function(self) -> bool:
        """Whether this is a function's body."""
        return isinstance(self.node, s.Function)

    @property
    def is_lambda(self) -> bool:
        """Whether this is a lambda's body."""
        return isinstance(self.node, s.Function) and self.node.name.startswith("<")

    @property
    def short_name(self) -> str:
        """The last part of the qualified name."""
        return self.qualname.rpartition(".")[2]

    @property
    def location(self) -> Location:
        """Where it is defined."""
        return self.module.at(1 if isinstance(self.node, s.Tree) else self.node.line)

    @property
    def steps(self) -> Sequence[Step]:
        """What its own code calls, reads, binds and walks over, in source order; many rules look at all of it."""
        if self._steps is None:
            self._steps = steps(self.node.body)
        return self._steps

    @property
    def calls(self) -> Iterator[s.Call]:
        """The calls its own code makes, in source order."""
        return (step for step in self.steps if isinstance(step, s.Call))

    @property
    def owner(self) -> Scope | None:
        """The class a method belongs to."""
        if not self.is_function or self.is_lambda or self.parent is None or not self.parent.is_class:
            return None
        return self.parent

    def first_parameter(self) -> str | None:
        """The name of a function's first positional parameter."""
        if isinstance(self.node, s.Function):
            for parameter in self.node.parameters:
                return parameter.name if not parameter.prefix and not parameter.keyword_only else None
        return None

    def is_parameter(self, name: str) -> bool:
        """Whether a name is one of a function's parameters."""
        return any(isinstance(binding, Argument) for binding in self.bindings.get(name, ()))

    def decorator_names(self) -> Iterator[str]:
        """The last name of each decorator: ``property``, ``setter``, ``classmethod``."""
        if isinstance(self.node, s.Tree):
            return
        for decorator in self.node.decorators:
            target = decorator.function if isinstance(decorator, s.Call) else decorator
            if isinstance(target, s.Name):
                yield target.id
            elif isinstance(target, s.Attribute):
                yield target.name


@dataclass(slots=True, eq=False)
class Unit:
    """A module of the program."""

    name: str
    file: str
    is_package: bool
    role: ModuleRole
    tree: s.Tree
    scope: Scope = field(init=False)
    _lines: dict[int, Location] = field(init=False, repr=False, default_factory=dict[int, Location])

    def __post_init__(self) -> None:
        self.scope = Scope(self, "", self.tree, None)

    def at(self, line: int) -> Location:
        """A line of this module's file."""
        known = self._lines.get(line)
        if known is None:
            known = self._lines[line] = Location(self.file, line)
        return known

    def absolute(self, module: str, level: int) -> str:
        """The dotted name a relative import means here; empty when it leaves the topmost package."""
        if level == 0:
            return module
        parts = self.name.split(".")
        keep = len(parts) - level + (1 if self.is_package else 0)
        if keep <= 0:
            return module
        base = ".".join(parts[:keep])
        return f"{base}.{module}" if module else base


class Program:
    """All modules by name, with every scope built."""

    def __init__(self, parsed: Iterable[ParsedFile]) -> None:
        self.units: Mapping[str, Unit] = {
            item.source.module: Unit(
                item.source.module,
                item.source.file,
                item.source.is_package,
                item.source.role,
                item.tree,
            )
            for item in parsed
        }
        self.packages = frozenset(
            name.rsplit(".", count)[0] for name in self.units for count in range(1, name.count(".") + 1)
        )
        """Dotted prefixes of modules: namespace packages have no file of their own."""
        self.foreign: dict[str, list[Foreign]] = {}
        """By name the attributes that are set on something else than the method's own object."""
        stores: list[Store] = []
        for unit in self.units.values():
            binder = _Binder(unit)
            binder.bind()
            stores += binder.stores
        for store in stores:
            self._keep(store)
        self.classes: Mapping[str, Scope] = {scope.name: scope for scope in self.scopes() if scope.is_class}
        self.functions: Mapping[str, Scope] = {scope.name: scope for scope in self.scopes() if scope.is_function}

        self.special_methods = frozenset(
            scope.short_name
            for scope in self.functions.values()
            if scope.parent is not None and scope.parent.is_class and scope.short_name.startswith("__")
        )
        """The names of the special methods that classes of the program define."""

    def _keep(self, store: Store) -> None:
        """Bind what is put into a container, or set on an object, to the name or attribute that holds it."""
        binding, scope = Assigned(store.content), store.scope
        match store.owner:
            case s.Name(id=name):
                holder = self._holder(name, scope)
                if holder is not None and len(holder[0].bindings[holder[1]]) < MAX_BINDINGS:
                    inside = binding if holder[0] is scope else Elsewhere(binding, scope)
                    holder[0].bindings[holder[1]].append(inside)
            case s.Attribute(value=s.Name(id=receiver), name=name) if owner := _receiver_class(scope, receiver):
                owner.attributes.setdefault(name, []).append((binding, scope))
            case s.Attribute(value=value, name=name):
                holder = self._module_of(value, scope)
                if holder is None:
                    self.foreign.setdefault(name, []).append(Foreign(value, binding, scope))
                elif name in holder.bindings:
                    holder.bindings[name].append(Elsewhere(binding, scope))
            case _:
                pass

    def _holder(self, name: str, scope: Scope) -> tuple[Scope, str] | None:
        """The scope that binds a name used in `scope`, through imports, and the name there."""
        current: Scope | None = scope
        while current is not None and (name not in current.bindings or (current.is_class and current is not scope)):
            current = current.parent
        for _ in range(MAX_IMPORTS):
            imported = (
                next((b for b in current.bindings[name] if isinstance(b, ImportedName)), None) if current else None
            )
            if imported is None:
                return None if current is None else (current, name)
            unit = self.units.get(imported.module)
            name = imported.name
            current = unit.scope if unit is not None and name in unit.scope.bindings else None
        return None

    def _module_of(self, expression: s.Expression, scope: Scope) -> Scope | None:
        """The module that a plain name is imported as."""
        if not isinstance(expression, s.Name):
            return None
        current: Scope | None = scope
        while current is not None and expression.id not in current.bindings:
            current = current.parent
        for binding in current.bindings[expression.id] if current is not None else ():
            dotted = binding.module if isinstance(binding, ImportedModule) else ""
            if isinstance(binding, ImportedName):
                dotted = f"{binding.module}.{binding.name}"
            if dotted in self.units:
                return self.units[dotted].scope
        return None

    def scopes(self) -> Iterator[Scope]:
        """Every scope of every module, outermost first, in source order."""
        for unit in self.units.values():
            pending = [unit.scope]
            while pending:
                scope = pending.pop()
                yield scope
                pending.extend(reversed(scope.children))

    def is_module(self, dotted: str) -> bool:
        """Whether a dotted name is a module or package of the program."""
        return dotted in self.units or dotted in self.packages


@dataclass(frozen=True, slots=True, eq=False)
class Foreign:
    """``owner.name = value`` where the code does not tell the owner's class at once."""

    owner: s.Expression
    binding: Assigned
    scope: Scope


MAX_BINDINGS = 40
"""A name that is bound more often holds data; what is put into it further on is left out."""
MAX_IMPORTS = 6
"""Modules a name may be handed on through."""


class _Binder:
    """Fills the scopes of one module, and collects what its code stores elsewhere."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self.stores: list[Store] = []

    def bind(self) -> None:
        tree = self._unit.tree
        self._implicit(tree.bindings, self._unit.scope)
        self._block(tree.body, self._unit.scope)
        self._lambdas(self._unit.scope)

    def _implicit(self, bindings: tuple[s.Binding, ...], scope: Scope) -> None:
        for binding in bindings:
            kind = Iterated if binding.iterated else Assigned
            self._target(binding.target, kind(binding.value), scope)

    def _block(self, statements: tuple[s.Statement, ...], scope: Scope) -> None:
        for statement in statements:
            self._statement(statement, scope)

    def _lambdas(self, scope: Scope) -> None:
        """The lambdas of a scope are functions in it."""
        for expression in lambdas(scope.node.body) if scope.node.lambdas else ():
            self._inner(expression.function, scope)

    def _statement(self, statement: s.Statement, scope: Scope) -> None:
        match statement:
            case s.Assign():
                self._assign(statement, scope)
            case s.Augment(target=target, value=value):
                self._target(target, Assigned(value), scope)
            case s.Function() | s.Class():
                self._define(statement, scope)
            case s.Evaluate(value=s.Call() as call):
                if (store := mutation(call, scope)) is not None:
                    self.stores.append(store)
            case s.Import():
                self._import(statement, scope)
            case s.ImportFrom():
                self._import_from(statement, scope)
            case s.With(items=items, body=body):
                for item in items:
                    if item.target is not None:
                        self._target(item.target, Entered(item.context), scope)
                self._block(body, scope)
            case s.Loop(target=target, iterable=iterable, body=body):
                if target is not None:
                    self._target(target, Iterated(iterable), scope)
                self._block(body, scope)
            case s.Branch(arms=arms):
                for arm in arms:
                    self._block(arm, scope)
            case _:
                pass

    def _assign(self, statement: s.Assign, scope: Scope) -> None:
        for target in statement.targets:
            if statement.annotation is not None:
                self._target(target, Annotated(statement.annotation), scope)
            if statement.value is not None:
                self._target(target, Assigned(statement.value), scope)

    def _import(self, statement: s.Import, scope: Scope) -> None:
        for alias in statement.names:
            name = alias.alias or alias.name.partition(".")[0]
            self._add(scope, name, ImportedModule(alias.name if alias.alias else name))

    def _import_from(self, statement: s.ImportFrom, scope: Scope) -> None:
        module = self._unit.absolute(statement.module, statement.level)
        for alias in statement.names:
            if alias.name == "*":
                scope.stars.append(module)
            else:
                self._add(scope, alias.alias or alias.name, ImportedName(module, alias.name))

    def _define(self, node: s.Function | s.Class, scope: Scope) -> None:
        inner = self._inner(node, scope)
        self._add(scope, node.name, Defined(inner))
        applications: list[s.Call] = []
        for count, decorator in enumerate(reversed(node.decorators)):
            hidden = f"<{node.name}:{node.line}:{count}>"
            self._add(scope, hidden, Decorated(inner, count))
            line = decorator.line if isinstance(decorator, s.Call | s.Attribute) else node.line
            applications.append(s.Call(decorator, (s.Name(hidden),), (), line, 0))
        inner.applications = tuple(applications)

    def _inner(self, node: s.Function | s.Class, scope: Scope) -> Scope:
        separator = ".<locals>." if scope.is_function else "."
        qualname = f"{scope.qualname}{separator}{node.name}" if scope.qualname else node.name
        inner = Scope(self._unit, qualname, node, scope)
        scope.children.append(inner)
        scope.by_node[node] = inner
        if isinstance(node, s.Function):
            for position, parameter in enumerate(node.parameters):
                self._add(inner, parameter.name, Argument(parameter, position))
        self._implicit(node.bindings, inner)
        self._block(node.body, inner)
        self._lambdas(inner)
        return inner

    def _target(self, target: s.Expression, binding: Assigned | Annotated | Iterated | Entered, scope: Scope) -> None:
        match target:
            case s.Name(id=name):
                self._add(scope, name, binding)
            case s.Attribute(value=s.Name(id=receiver), name=name):
                owner = _receiver_class(scope, receiver)
                if owner is not None:
                    owner.attributes.setdefault(name, []).append((binding, scope))
                elif isinstance(binding, Assigned) and not binding.path:
                    self.stores.append(Store(target, binding.expression, scope))
            case s.Attribute() | s.Subscript() if isinstance(binding, Assigned) and not binding.path:
                self.stores.append(stored(target, binding.expression, scope))
            case s.Sequence(elements=elements) if not isinstance(binding, Annotated):
                for index, element in enumerate(elements):
                    inner = element.value if isinstance(element, s.Star) else element
                    self._target(inner, _element(binding, index), scope)
            case _:
                pass

    @staticmethod
    def _add(scope: Scope, name: str, binding: Binding) -> None:
        scope.bindings.setdefault(name, []).append(binding)


def _element(binding: Assigned | Iterated | Entered, index: int) -> Assigned | Iterated | Entered:
    path = (*binding.path, index)
    match binding:
        case Assigned():
            return Assigned(binding.expression, path)
        case Iterated():
            return Iterated(binding.iterable, path)
        case Entered():
            return Entered(binding.context, path)


def _receiver_class(scope: Scope, receiver: str) -> Scope | None:
    """The class whose instance `receiver` is, when it is the first parameter of an enclosing method."""
    current: Scope | None = scope
    while current is not None:
        if current.owner is not None and current.first_parameter() == receiver:
            return current.owner
        current = current.parent if current.is_function else None
    return None
