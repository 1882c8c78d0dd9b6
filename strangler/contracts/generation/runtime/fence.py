"""A database that may not be written now: while a service moves, one side writes, and the other one is fenced."""

from __future__ import annotations

from collections.abc import Iterator

from strangler.contracts.generation.runtime.reply import Refusal

RETRY_AFTER = "5"
"""In seconds: no more than a cut-over takes."""
_READ_ONLY = "25006"
"""``read_only_sql_transaction`` of PostgreSQL: what the fence says, and a server that only follows another one."""
_FENCE = "strangler: the table "


def unwritable(error: BaseException) -> Refusal | None:
    """What a request is answered with that failed since nothing may be written; None where it failed otherwise.

    `error` is what the handler raised, with the database's error in it, behind it, or in that of SQLAlchemy.
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
    """The SQLSTATE, by psycopg and asyncpg, or by psycopg2."""
    return getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)


def _behind(error: BaseException) -> Iterator[BaseException]:
    """The error, and those that it was raised from or for."""
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
