"""Recognises a fenced database: while a service moves, one side may write, and the other is fenced off."""

from __future__ import annotations

from collections.abc import Iterator

from strangler.contracts.generation.runtime.reply import Refusal

RETRY_AFTER = "5"
"""In seconds; no cut-over takes longer."""
_READ_ONLY = "25006"
"""``read_only_sql_transaction`` of PostgreSQL, raised by the fence and by a read-only standby."""
_FENCE = "strangler: the table "


def unwritable(error: BaseException) -> Refusal | None:
    """The refusal that answers a request whose write the database refused; None for any other failure.

    `error` is what the handler raised: the database's error, one raised from it, or SQLAlchemy's wrapper around it.
    """
    for item in _behind(error):
        if str(item).startswith(_FENCE):
            return _refusal("fenced", "nothing may be written here now: the other side of its service does")
        if _state(item) == _READ_ONLY:
            return _refusal("read_only", "nothing may be written here now: the database can only be read")
    return None


def _refusal(code: str, message: str) -> Refusal:
    return Refusal(503, message, code=code, headers={"Retry-After": RETRY_AFTER})


def _state(error: BaseException) -> object:
    """The SQLSTATE of an error of psycopg, asyncpg or psycopg2."""
    return getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)


def _behind(error: BaseException) -> Iterator[BaseException]:
    """The error, followed by its causes and contexts."""
    seen: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        item = waiting.pop()
        if isinstance(item, BaseException) and item not in seen:
            seen.append(item)
            yield item
            waiting += [item.__cause__, None if item.__suppress_context__ else item.__context__]
            waiting += [getattr(item, "orig", None)]
            waiting += getattr(item, "exceptions", ())
