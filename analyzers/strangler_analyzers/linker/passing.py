"""Matches arguments with parameters: "Calls" in the Python language reference, section 6.3.4."""

from __future__ import annotations

from typing import TypeAlias

from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.source import syntax as s

_Question: TypeAlias = tuple[Scope, str, s.Call, bool]


class Passing:
    """Matches arguments with parameters.

    Where several arguments form one value (``*args``) or one argument provides several (``f(*values)``), the answer is
    an expression built for that purpose, once for each call.
    """

    def __init__(self) -> None:
        self._made: dict[_Question, s.Expression | None] = {}
        self._parameters: dict[s.Function, dict[str, tuple[s.Parameter, int]]] = {}

    def actual(self, scope: Scope, parameter: str, call: s.Call, *, bound: bool) -> s.Expression | None:
        """The expression a call passes for a parameter; `bound` if the receiver is passed implicitly."""
        node = scope.node
        if not isinstance(node, s.Function):
            return call.keyword(parameter)
        parameters = self._parameters.get(node)
        if parameters is None:
            parameters = self._parameters[node] = _placed(node)
        found, place = parameters.get(parameter, (None, 0))
        if found is None or found.prefix:
            question = (scope, parameter, call, bound)
            if question not in self._made:
                self._made[question] = _collected(node, found, call, bound=bound) if found is not None else None
            return self._made[question]
        keyword = call.keyword(parameter)
        if keyword is not None:
            return keyword
        unpacked: list[s.Expression] = []
        if not found.keyword_only:
            position = place - bound
            if position < 0:
                return call.function.value if isinstance(call.function, s.Attribute) else None
            if not any(isinstance(argument, s.Star) for argument in call.arguments[: position + 1]):
                if position < len(call.arguments):
                    return call.arguments[position]
            else:
                unpacked.append(_starred(call, position))
        unpacked += (s.Subscript(item.value, s.Constant(parameter)) for item in call.keywords if item.name is None)
        if not unpacked:
            return None
        made = unpacked[0] if len(unpacked) == 1 else s.Choice(tuple(unpacked), None)
        return self._made.setdefault((scope, parameter, call, bound), made)


def _placed(node: s.Function) -> dict[str, tuple[s.Parameter, int]]:
    """Each parameter of a function by name, with the number of positional parameters before it."""
    found: dict[str, tuple[s.Parameter, int]] = {}
    place = 0
    for item in node.parameters:
        found.setdefault(item.name, (item, place))
        place += not item.prefix and not item.keyword_only
    return found


def _positional(node: s.Function) -> list[str]:
    return [item.name for item in node.parameters if not item.prefix and not item.keyword_only]


def _starred(call: s.Call, position: int) -> s.Expression:
    """The argument at a position that ``*values`` fills."""
    first = next(place for place, argument in enumerate(call.arguments) if isinstance(argument, s.Star))
    star = call.arguments[first]
    values = star.value if isinstance(star, s.Star) else star
    alone = first == len(call.arguments) - 1
    return s.Subscript(values, s.Constant(position - first) if alone else s.OPAQUE)


def _collected(node: s.Function, parameter: s.Parameter, call: s.Call, *, bound: bool) -> s.Expression | None:
    """What ``*parameter`` or ``**parameter`` collects."""
    if parameter.prefix == "*":
        count = max(len(_positional(node)) - bound, 0)
        before = next((at for at, item in enumerate(call.arguments) if isinstance(item, s.Star)), len(call.arguments))
        rest = call.arguments[min(count, before) :]
        return s.Sequence(rest) if rest else None
    named = {item.name for item in node.parameters if not item.prefix}
    taken = [keyword for keyword in call.keywords if keyword.name not in named]
    keys = tuple(None if keyword.name is None else s.Constant(keyword.name) for keyword in taken)
    return s.Mapping(keys, tuple(keyword.value for keyword in taken)) if taken else None
