"""Lengths and defaults of columns, where the source writes them as literals or names a constant."""

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
    """How many characters a column takes at most; 0 where that is not known."""
    value = _constant(resolver, expression, frame)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def default(resolver: Resolver, expression: s.Expression | None, frame: Frame) -> str:
    """A default as JSON; empty where there is none, where it is null, or where it is computed."""
    value = _constant(resolver, expression, frame)
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    return json.dumps(value)


def server_default(resolver: Resolver, expression: s.Expression | None, frame: Frame) -> str:
    """A default that the database knows, as JSON: ``"0"``, ``text("0")``, ``false()`` (SQLAlchemy)."""
    if not isinstance(expression, s.Call):
        return default(resolver, expression, frame)
    name = (spelling.dotted(expression.function) or "").rpartition(".")[2]
    if f"{name}()" in _SQL_WORDS and not expression.arguments:
        return json.dumps(_SQL_WORDS[f"{name}()"])
    sql = _constant(resolver, expression.argument(0, "text"), frame) if name == "text" else None
    return sql_default(sql) if isinstance(sql, str) else ""


def sql_default(sql: str) -> str:
    """A literal of SQL as JSON; empty where it is none."""
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
    """The one value an expression can have; of a choice (``OPEN = "open", "Open"``) what the column holds."""
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
