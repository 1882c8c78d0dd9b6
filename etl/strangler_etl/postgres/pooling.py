"""Whether a connection has a session of the server for itself.

A pooler may give every transaction another one (https://www.pgbouncer.org/features.html): locks and settings of a
session are then those of whoever comes next, and nobody is told.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

import psycopg

_TRIES = 3
"""A pooler gives the session that was used last, unless others have just taken it."""


def shares_sessions(connection: psycopg.Connection, further: Callable[[], psycopg.Connection]) -> bool:
    """Whether transactions of other connections may come between those of this one, on the same session.

    `further` opens another connection to the same address; an open transaction of it keeps its session.
    """
    seen = _session_of(connection)
    if seen == connection.info.backend_pid:
        # Who is in between would have told a number of its own.
        return False
    with ExitStack() as others:
        for _ in range(_TRIES):
            other = others.enter_context(further())
            try:
                others.enter_context(other.transaction())
                if _session_of(other) == seen:
                    return True
            except psycopg.errors.ProtocolViolation:
                # PgBouncer's answer where it shares even transactions.
                return True
            if _session_of(connection) != seen:
                return True
    return False


def _session_of(connection: psycopg.Connection) -> int:
    found = connection.execute("SELECT pg_backend_pid()").fetchone()
    return int(found[0]) if found else 0
