"""The abstract values of the linker: what an expression may evaluate to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Final, TypeAlias, get_args

from msgspec import Struct

from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.kinds import Exact

UNKNOWN: Final = s.Opaque(())
"""Stands for what is passed where nothing is said of it. No tree holds it, so it is not what somebody has written."""


class Frame(Struct, frozen=True, cache_hash=True, dict=True):
    """Where an expression is evaluated: a scope and, inside a method, the class of the actual receiver.

    With a receiver, a template method sees the overrides of the class it is called on; None means the class that
    defines the method. `given` holds the arguments of one call that decide which class or query the function is about;
    a parameter without a given argument may be whatever any call passes.
    """

    scope: Scope
    receiver: Scope | None = None
    given: tuple[Given, ...] = ()
    outer: Frame | None = None
    """The frame in which a closure was made, if arguments are given there."""

    @property
    def depth(self) -> int:
        """The number of nested calls behind the given arguments."""
        given = max((1 + given.frame.depth for given in self.given if given.expression is not UNKNOWN), default=0)
        return given if self.outer is None else max(given, self.outer.depth)

    @property
    def is_plain(self) -> bool:
        """Whether no arguments are given, in this frame or an outer one."""
        return not self.given and self.outer is None

    @property
    def is_closed(self) -> bool:
        """Whether some parameter counts as unknown here, whatever the program's calls pass for it."""
        return any(given.expression is UNKNOWN for given in self.given)

    def closed(self) -> Frame:
        """The frame with every parameter that is not given taken as unknown: what holds in it holds for every call."""
        return self._closed

    @cached_property
    def _closed(self) -> Frame:
        node = self.scope.node
        if not isinstance(node, s.Function):
            return self
        names = [parameter.name for parameter in node.parameters if not parameter.prefix]
        if self.scope.owner is not None and names and names[0] == self.scope.first_parameter():
            names = names[1:]
        nowhere = Frame(self.scope)
        unknown = tuple(Given(name, UNKNOWN, nowhere) for name in names if self.passed(name) is None)
        return Frame(self.scope, self.receiver, given=(*self.given, *unknown), outer=self.outer)

    def passed(self, parameter: str) -> Given | None:
        """The argument given for a parameter."""
        return next((given for given in self.given if given.parameter == parameter), None)


class Given(Struct, frozen=True, metaclass=Exact):
    """The expression that one call passes for a parameter, and the caller's frame."""

    parameter: str
    expression: s.Expression
    frame: Frame


class ModuleValue(Struct, frozen=True, metaclass=Exact):
    """A module or package of the program."""

    name: str


class ClassValue(Struct, frozen=True, metaclass=Exact):
    """A class of the program."""

    scope: Scope


class InstanceValue(Struct, frozen=True, metaclass=Exact):
    """An instance of a class of the program."""

    scope: Scope


class FunctionValue(Struct, frozen=True):
    """A function of the program, or a method read from the class `receiver`.

    `outer` is the frame of the call that made a closure, if arguments are given in it. `bare` means the original
    function, without its decorators.
    """

    scope: Scope
    receiver: Scope | None = None
    outer: Frame | None = None
    bare: bool = False


class MethodValue(Struct, frozen=True, metaclass=Exact):
    """A method bound to an instance or (for a class method) to a class; `outer` and `bare` as for a function."""

    scope: Scope
    receiver: Scope
    outer: Frame | None = None
    bare: bool = False


class Site(Struct, frozen=True, metaclass=Exact):
    """The call expression that made a value, with the frame it was evaluated in."""

    call: s.Call
    frame: Frame


class CallSite(Struct, frozen=True, metaclass=Exact):
    """A call that reaches a function, as a method of `receiver`; with `makes`, by making an instance of it.

    `bound` means that the receiver is passed implicitly. `named` is the function that the call names, if its decorators
    replaced it with this one. `wrapped` means that such a replacement calls the original function.
    """

    call: s.Call
    frame: Frame
    receiver: Scope | None = None
    makes: bool = False
    bound: bool = False
    named: Scope | None = None
    wrapped: bool = False


class External(Struct, frozen=True, metaclass=Exact):
    """Something outside the program, identified by its access path.

    ``flask.Flask`` is a name of a package, ``flask.Flask()`` the result of calling it, ``flask.Flask().route`` a method
    of that result; `site` is the call that made the value (two blueprints are two values).
    """

    path: str
    site: Site | None = None


class ConstantValue(Struct, frozen=True, metaclass=Exact):
    """A string, number, boolean or None."""

    value: str | int | float | bool | None


class SequenceValue(Struct, frozen=True, metaclass=Exact):
    """A list, tuple or set display; its elements are evaluated in `frame` when asked for."""

    node: s.Sequence
    frame: Frame


class MappingValue(Struct, frozen=True, metaclass=Exact):
    """A dict display."""

    node: s.Mapping
    frame: Frame


class Container(Struct, frozen=True, metaclass=Exact):
    """Anything that yields the given values: a comprehension, a generator, ``list(x)``, an annotation ``list[X]``."""

    values: Values


class SumValue(Struct, frozen=True, metaclass=Exact):
    """``left + right`` of two sequences: yields the elements of both."""

    left: s.Expression
    right: s.Expression
    frame: Frame


class SuperValue(Struct, frozen=True, metaclass=Exact):
    """``super()``: looks attributes up after `after` in the order of `receiver`'s ancestors."""

    receiver: Scope
    after: Scope


class ParameterValue(Struct, frozen=True, metaclass=Exact):
    """A parameter whose value only the caller knows."""

    scope: Scope
    name: str


class Rows(Struct, frozen=True, eq=False, metaclass=Exact):
    """Rows of a mapped class: a manager, query or collection that yields instances of `model`.

    `shape` is the kind of object in the library that made it (``manager``, ``queryset``, ``select``, ...); `related`
    names the relation it was reached through, if any. `site` does not count in comparisons.
    """

    model: Scope
    shape: str
    related: str = ""
    site: Site | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rows) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[Scope, str, str]:
        return self.model, self.shape, self.related


class RowsMethod(Struct, frozen=True, metaclass=Exact):
    """A method of `Rows`, not called yet."""

    rows: Rows
    name: str


class Record(Struct, frozen=True, metaclass=Exact):
    """A row of several parts with known values each: ``for order, total in rows``."""

    fields: tuple[Values, ...]


class Statement(Struct, frozen=True, metaclass=Exact):
    """A database statement built by a chain of calls, or its result; its rows may combine several classes.

    `fields` holds the possible values of each part of a row; `shape` is the library's name for the object (``query``,
    ``insert``, ``result``).
    """

    shape: str
    fields: tuple[Values, ...]
    site: Site | None = None


class StatementMethod(Struct, frozen=True, metaclass=Exact):
    """A method of a `Statement`, not called yet."""

    statement: Statement
    name: str


Value: TypeAlias = (
    ModuleValue
    | ClassValue
    | InstanceValue
    | FunctionValue
    | MethodValue
    | External
    | ConstantValue
    | SequenceValue
    | MappingValue
    | Container
    | SumValue
    | SuperValue
    | ParameterValue
    | Rows
    | RowsMethod
    | Record
    | Statement
    | StatementMethod
)
KINDS: tuple[type[Value], ...] = get_args(Value)
"""Every kind of value."""
Values: TypeAlias = "tuple[Value, ...]"
"""The values an expression may have, in the order they were found; empty when nothing is known."""

Key: TypeAlias = str | int | float | bool | None
"""A constant index; None stands for an unknown one."""

NOTHING: Values = ()


def defined(scope: Scope, frame: Frame) -> FunctionValue:
    """The function value that ``def`` or a lambda creates in a frame."""
    return FunctionValue(scope, frame.receiver, None if frame.is_plain else frame)


MAX_VALUES = 16
"""The most values of one expression; the first ones are kept. With more, the expression is practically unknown."""


def union(parts: Iterable[Values]) -> Values:
    """All values of the parts, each once, in order, at most `MAX_VALUES`."""
    single: Values = NOTHING
    merged: dict[Value, None] | None = None
    for part in parts:
        if not part:
            continue
        if merged is None:
            if not single and len(part) == 1:
                single = part  # Most expressions have one value: nothing to compare it with.
                continue
            merged = dict.fromkeys(single)
        merged.update(dict.fromkeys(part))
        if len(merged) >= MAX_VALUES:
            break
    return single if merged is None else tuple(merged)[:MAX_VALUES]


def union_of(values: Values, answer: Callable[[Value], Values]) -> Values:
    """`union` of the answers for each of some values; nearly always there is only one."""
    if len(values) != 1:
        return union(map(answer, values))
    found = answer(values[0])
    return found if len(found) < 2 else union((found,))
