"""What expressions spell: names with dots, the name a call goes by, texts."""

from __future__ import annotations

from strangler_analyzers.source.syntax import Attribute, Call, Constant, Expression, Name, Operation


def dotted(expression: Expression) -> str | None:
    """``a.b.c`` as text when the expression is only names and attributes, else None."""
    parts: list[str] = []
    while isinstance(expression, Attribute):
        parts.append(expression.name)
        expression = expression.value
    if not isinstance(expression, Name):
        return None
    parts.append(expression.id)
    return ".".join(reversed(parts))


def last_name(expression: Expression) -> str:
    """The name a call goes by: ``c`` of ``a.b.c(...)`` and of ``a.b.c``; empty when it has none."""
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
