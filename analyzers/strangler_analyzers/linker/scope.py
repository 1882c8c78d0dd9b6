"""Scopes: modules, classes and functions, and what each name in them is bound to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from msgspec import Struct

from strangler.model.location import Location
from strangler.model.system import ModuleRole
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.kinds import Exact
from strangler_analyzers.source.traversal import steps


class ImportedModule(Struct, frozen=True, metaclass=Exact):
    """``import a.b as c`` binds ``c`` to ``a.b``; ``import a.b`` binds ``a`` to ``a``."""

    module: str


class ImportedName(Struct, frozen=True, metaclass=Exact):
    """``from module import name``."""

    module: str
    name: str


class Assigned(Struct, frozen=True, eq=False, metaclass=Exact):
    """Bound to an expression's value; `path` holds the index to take at each level of unpacking."""

    expression: s.Expression
    path: tuple[int, ...] = ()


class Annotated(Struct, frozen=True, eq=False, metaclass=Exact):
    """Declared with a type and perhaps without a value."""

    annotation: s.Expression


class Iterated(Struct, frozen=True, eq=False, metaclass=Exact):
    """Bound to each element of an iterable."""

    iterable: s.Expression
    path: tuple[int, ...] = ()


class Entered(Struct, frozen=True, eq=False, metaclass=Exact):
    """Bound by ``with context as name``."""

    context: s.Expression
    path: tuple[int, ...] = ()


class Defined(Struct, frozen=True, eq=False, metaclass=Exact):
    """Bound by ``def`` or ``class``."""

    scope: Scope


class Elsewhere(Struct, frozen=True, eq=False, metaclass=Exact):
    """Bound by the code of another scope, such as a function that appends to a list of its module."""

    binding: Assigned
    scope: Scope


class Decorated(Struct, frozen=True, eq=False, metaclass=Exact):
    """A function with only the innermost `count` of its decorators applied: the argument of the next decorator."""

    scope: Scope
    count: int


class Argument(Struct, frozen=True, eq=False, metaclass=Exact):
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
    """For a class: what its methods bind on ``self``, each with the method's scope."""
    stars: list[str] = field(default_factory=list[str])
    """Modules imported with ``import *``, the last one first, since its names replace those of earlier ones."""
    children: list[Scope] = field(default_factory=list["Scope"])
    by_node: dict[s.Function | s.Class, Scope] = field(default_factory=dict["s.Function | s.Class", "Scope"])
    """The children, by their defining node."""
    applications: tuple[s.Call, ...] = ()
    """The calls that decorators stand for, innermost first; each takes what the previous one returns."""
    name: str = field(init=False)
    """``module:qualname``, built once, since every fact about the scope refers to it."""
    is_class: bool = field(init=False)
    """Whether this is a class body. This and the next three are needed by nearly every question, so they are stored."""
    is_function: bool = field(init=False)
    """Whether this is a function's body."""
    is_lambda: bool = field(init=False)
    """Whether this is a lambda's body."""
    owner: Scope | None = field(init=False)
    """The class a method belongs to."""
    _decorators: tuple[str, ...] | None = field(init=False, repr=False, default=None)
    _steps: Sequence[Step] | None = field(init=False, repr=False, default=None)

    def __post_init__(self) -> None:
        self.name = f"{self.module.name}:{self.qualname or '<module>'}"
        node, parent = self.node, self.parent
        self.is_class = isinstance(node, s.Class)
        self.is_function = isinstance(node, s.Function)
        self.is_lambda = isinstance(node, s.Function) and node.name.startswith("<")
        is_method = self.is_function and not self.is_lambda and parent is not None and parent.is_class
        self.owner = parent if is_method else None

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
        """What its own code calls, reads, binds and iterates over, in source order; kept, since many rules read it."""
        if self._steps is None:
            self._steps = steps(self.node.body)
        return self._steps

    @property
    def calls(self) -> Iterator[s.Call]:
        """The calls its own code makes, in source order."""
        return (step for step in self.steps if type(step) is s.Call)

    def first_parameter(self) -> str | None:
        """The name of a function's first positional parameter."""
        if isinstance(self.node, s.Function):
            for parameter in self.node.parameters:
                return parameter.name if not parameter.prefix and not parameter.keyword_only else None
        return None

    def is_parameter(self, name: str) -> bool:
        """Whether a name is one of a function's parameters."""
        return any(isinstance(binding, Argument) for binding in self.bindings.get(name, ()))

    def decorator_names(self) -> tuple[str, ...]:
        """The last name of each decorator: ``property``, ``setter``, ``classmethod``."""
        if self._decorators is None:
            self._decorators = tuple(self._decorator_names())
        return self._decorators

    def _decorator_names(self) -> Iterator[str]:
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
        """The location of a line of this module's file."""
        known = self._lines.get(line)
        if known is None:
            known = self._lines[line] = Location(self.file, line)
        return known

    def absolute(self, module: str, level: int) -> str:
        """The dotted name that a relative import means here; empty if it leaves the topmost package."""
        if level == 0:
            return module
        parts = self.name.split(".")
        keep = len(parts) - level + (1 if self.is_package else 0)
        if keep <= 0:
            return module
        base = ".".join(parts[:keep])
        return f"{base}.{module}" if module else base


def receiver_class(scope: Scope, receiver: str) -> Scope | None:
    """The class of `receiver`, if that is the first parameter of an enclosing method."""
    current: Scope | None = scope
    while current is not None:
        if current.owner is not None and current.first_parameter() == receiver:
            return current.owner
        current = current.parent if current.is_function else None
    return None
