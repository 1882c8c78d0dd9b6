"""How values are written in SQL for PostgreSQL."""

from __future__ import annotations

from psycopg import sql


def literal(text: str) -> str:
    """A string literal."""
    return sql.Literal(text).as_string()


def milliseconds(seconds: float) -> str:
    """A duration as settings of the server take it; at least 1, since 0 means for ever."""
    return str(max(1, round(seconds * 1000)))
