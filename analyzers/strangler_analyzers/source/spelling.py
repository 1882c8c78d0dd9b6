"""The spelling of expressions: dotted names, the last name of a call, string constants."""

from __future__ import annotations

from strangler_analyzers.source.syntax import Attribute, Call, Constant, Expression, Name, Operation


def dotted(expression: Expression) -> str | None:
    """``a.b.c`` as a string if the expression consists only of names and attributes, else None."""
    parts: list[str] = []
    while isinstance(expression, Attribute):
        parts.append(expression.name)
        expression = expression.value
    if not isinstance(expression, Name):
        return None
    parts.append(expression.id)
    return ".".join(reversed(parts))


def last_name(expression: Expression) -> str:
    """The last name of an expression: ``c`` for ``a.b.c(...)`` and ``a.b.c``; empty if it has none."""
    while isinstance(expression, Call):
        expression = expression.function
    match expression:
        case Attribute(name=name) | Name(id=name):
            return name
        case _:
            return ""


def text(expression: Expression | None) -> str | None:
    """The value of a string constant, with ``+`` and implicit concatenation of constants followed, else None."""
    if isinstance(expression, Constant) and isinstance(expression.value, str):
        return expression.value
    if isinstance(expression, Operation) and expression.operator == "+":
        left, right = text(expression.left), text(expression.right)
        return None if left is None or right is None else left + right
    return None
