"""Constant values of expressions in declarations."""

from __future__ import annotations

from collections.abc import Iterator

from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.strings import first_string
from strangler_analyzers.linker.values import ConstantValue, Container, Frame, SequenceValue, SumValue, Value
from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s


def string(resolver: Resolver, expression: s.Expression | None, frame: Frame) -> str | None:
    """The string value of an expression, if known."""
    if expression is None:
        return None
    literal = spelling.text(expression)
    return literal if literal is not None else first_string(resolver.evaluate(expression, frame))


def truth(resolver: Resolver, expression: s.Expression | None, frame: Frame) -> bool:
    """Whether an expression is known to be true."""
    if expression is None:
        return False
    return any(isinstance(value, ConstantValue) and bool(value.value) for value in resolver.evaluate(expression, frame))


def strings(resolver: Resolver, value: Value) -> Iterator[str]:
    """The strings in a list of any length."""
    match value:
        case ConstantValue(value=str() as text):
            yield text
        case SequenceValue(node=node, frame=frame):
            for element in node.elements:
                inner = element.value if isinstance(element, s.Star) else element
                for found in resolver.evaluate(inner, frame):
                    yield from strings(resolver, found)
        case SumValue(left=left, right=right, frame=frame):
            for part in (left, right):
                for found in resolver.evaluate(part, frame):
                    yield from strings(resolver, found)
        case Container(values=values):
            for found in values:
                yield from strings(resolver, found)
        case _:
            pass
