"""Implicit calls: operators, ``for``, ``obj[key]`` and ``str(obj)`` run special methods.

"Special method names" in the Python language reference, section 3.3.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from strangler_analyzers.linker.program import Program
from strangler_analyzers.linker.values import External, Values
from strangler_analyzers.source import syntax as s

Choice: TypeAlias = Sequence[s.Call]
"""Alternative calls; the first one whose method exists runs."""

_OPERATORS = {
    "+": ("__add__", "__radd__"),
    "%": ("__mod__", "__rmod__"),
    "|": ("__or__", "__ror__"),
    "&": ("__and__", "__rand__"),
}
_BINARY = {
    "-": ("__sub__", "__rsub__"),
    "*": ("__mul__", "__rmul__"),
    "/": ("__truediv__", "__rtruediv__"),
    "//": ("__floordiv__", "__rfloordiv__"),
    "**": ("__pow__", "__rpow__"),
    "@": ("__matmul__", "__rmatmul__"),
    "<<": ("__lshift__", "__rlshift__"),
    ">>": ("__rshift__", "__rrshift__"),
    "^": ("__xor__", "__rxor__"),
    "==": ("__eq__", "__eq__"),
    "!=": ("__ne__", "__ne__"),
    "<": ("__lt__", "__gt__"),
    "<=": ("__le__", "__ge__"),
    ">": ("__gt__", "__lt__"),
    ">=": ("__ge__", "__le__"),
}
_UNARY = {"-": "__neg__", "+": "__pos__", "~": "__invert__"}
_ASKS_ARGUMENT: Mapping[str, tuple[str, ...]] = {
    "builtins.str": ("__str__", "__repr__"),
    "builtins.print": ("__str__", "__repr__"),
    "builtins.repr": ("__repr__",),
    "builtins.format": ("__format__", "__str__"),
    "builtins.str().format": ("__format__", "__str__"),
    "builtins.len": ("__len__",),
    "builtins.bool": ("__bool__", "__len__"),
    "builtins.hash": ("__hash__",),
    "builtins.int": ("__int__", "__index__"),
    "builtins.float": ("__float__",),
    "builtins.bytes": ("__bytes__",),
    "builtins.abs": ("__abs__",),
    "builtins.round": ("__round__",),
    "builtins.next": ("__next__",),
    "builtins.anext": ("__anext__",),
    "builtins.reversed": ("__reversed__",),
    "builtins.dir": ("__dir__",),
    "contextlib.ExitStack().enter_context": ("__enter__",),
    "contextlib.AsyncExitStack().enter_async_context": ("__aenter__",),
}
_CLOSES = {"contextlib.ExitStack().enter_context": "__exit__"}


class Protocols:
    """Synthesises the calls of special methods, each once, and only of methods the program defines somewhere."""

    def __init__(self, program: Program) -> None:
        self._defined = program.special_methods
        self._made: dict[tuple[s.Expression, str, tuple[s.Expression, ...]], s.Call] = {}

    def of(self, expression: s.Expression) -> Iterator[Choice]:
        """The special methods that evaluating an expression calls, without its subexpressions."""
        match expression:
            case s.Subscript(value=value, index=index):
                yield from self.calls(value, ("__getitem__",), index)
            case s.Operation(operator=operator, left=left, right=right):
                method, reflected = _OPERATORS[operator]
                yield [*self._each(left, (method,), right), *self._each(right, (reflected,), left)]
            case s.Opaque(operator=operator, operands=(operand,)):
                yield from self.calls(operand, (_UNARY[operator],))
            case s.Opaque(operator="in" | "not in", operands=(left, right)):
                yield from self.calls(right, ("__contains__",), left)
            case s.Opaque(operator=operator, operands=(left, right)):
                method, reflected = _BINARY[operator]
                yield [*self._each(left, (method,), right), *self._each(right, (reflected,), left)]
            case s.Format(parts=parts):
                for part in parts:
                    yield from self.calls(part, ("__format__", "__str__", "__repr__"))
            case _:
                pass

    def iteration(self, iterable: s.Expression) -> Iterator[Choice]:
        """The special methods that iterating calls."""
        for begin, go_on in (("__iter__", "__next__"), ("__aiter__", "__anext__")):
            for call in self._each(iterable, (begin,)):
                yield [call]
                yield from self.calls(call, (go_on,))

    def builtin(self, call: s.Call, callees: Values) -> Iterator[Choice]:
        """The special methods that a call of a builtin calls on its arguments."""
        for callee in callees:
            if isinstance(callee, External) and callee.path in _ASKS_ARGUMENT:
                for argument in call.arguments:
                    yield from self.calls(argument, _ASKS_ARGUMENT[callee.path])
                    if callee.path in _CLOSES:
                        yield from self.calls(argument, (_CLOSES[callee.path],))

    def calls(self, value: s.Expression, names: Iterable[str], *arguments: s.Expression) -> Iterator[Choice]:
        """A call of the first of the named methods that `value` has."""
        if found := list(self._each(value, names, *arguments)):
            yield found

    def _each(self, value: s.Expression, names: Iterable[str], *arguments: s.Expression) -> Iterator[s.Call]:
        if isinstance(value, s.Constant):
            return
        for name in names:
            if name in self._defined:
                question = (value, name, arguments)
                made = self._made.get(question)
                if made is None:
                    line = value.line if isinstance(value, s.Call | s.Attribute) else 0
                    made = self._made[question] = s.Call(s.Attribute(value, name, line), arguments, (), line, 0)
                yield made
