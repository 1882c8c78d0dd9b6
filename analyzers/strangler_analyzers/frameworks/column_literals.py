"""Lengths and defaults of columns, if the source gives them as literals or constants."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from types import MappingProxyType

from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.values import ConstantValue, Frame, SequenceValue
from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s

_SQL_WORDS: Mapping[str, bool] = MappingProxyType({"true()": True, "false()": False})


def length(resolver: Resolver, expression: s.Expression | None, frame: Frame) -> int:
    """The maximum length of a column in characters; 0 if unknown."""
    value = _constant(resolver, expression, frame)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def default(resolver: Resolver, expression: s.Expression | None, frame: Frame) -> str:
    """A default as JSON; empty if there is none, or it is null or computed."""
    value = _constant(resolver, expression, frame)
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    return json.dumps(value)


def server_default(resolver: Resolver, expression: s.Expression | None, frame: Frame) -> str:
    """A server-side default as JSON: ``"0"``, ``text("0")``, ``false()`` (SQLAlchemy)."""
    if not isinstance(expression, s.Call):
        return default(resolver, expression, frame)
    name = (spelling.dotted(expression.function) or "").rpartition(".")[2]
    if f"{name}()" in _SQL_WORDS and not expression.arguments:
        return json.dumps(_SQL_WORDS[f"{name}()"])
    sql = _constant(resolver, expression.argument(0, "text"), frame) if name == "text" else None
    return sql_default(sql) if isinstance(sql, str) else ""


def sql_default(sql: str) -> str:
    """An SQL literal as JSON; empty if it is not a literal."""
    text = sql.strip()
    if text.lower() in {"true", "false"}:
        return text.lower()
    if len(text) > 1 and text[0] == text[-1] == "'" and "'" not in text[1:-1].replace("''", ""):
        return json.dumps(text[1:-1].replace("''", "'"))
    try:
        value = json.loads(text)
    except ValueError:
        return ""
    return text if isinstance(value, int | float) and math.isfinite(value) else ""


def _constant(resolver: Resolver, expression: s.Expression | None, frame: Frame) -> str | int | float | bool | None:
    """The only value an expression can have; for a choice (``OPEN = "open", "Open"``), the stored value."""
    if expression is None:
        return None
    found = resolver.evaluate(expression, frame)
    if len(found) != 1:
        return None
    (value,) = found
    if isinstance(value, SequenceValue) and isinstance(expression, s.Attribute) and value.node.elements:
        first = value.node.elements[0]
        return first.value if isinstance(first, s.Constant) else None
    return value.value if isinstance(value, ConstantValue) else None
