"""Whether a connection has a session of the server to itself.

A pooler may give every transaction another session (https://www.pgbouncer.org/features.html): locks and settings of a
session then silently belong to the next client.
"""

from __future__ import annotations

import selectors
import time
from collections.abc import Callable
from contextlib import suppress

import psycopg

WAIT_SECONDS = 5
"""How long to wait for another session: a pooler that keeps sessions may have none left."""
_TRIES = 3
"""A pooler gives out the session that was used last, unless others have just taken it."""
_QUESTION = "SELECT pg_backend_pid()"


def shares_sessions(connection: psycopg.Connection, further: Callable[[], psycopg.Connection]) -> bool:
    """Whether another connection provably gets the session of this one while both are open.

    `further` opens another connection to the same address. If it gets none, or no answer, nothing is proved.
    """
    seen = _session_of(connection)
    if seen == connection.info.backend_pid:
        # A pooler in between would have reported a number of its own.
        return False
    with suppress(psycopg.Error):
        other = further()
        try:
            return any(_session_soon(other) == seen or _session_of(connection) != seen for _ in range(_TRIES))
        finally:
            other.close()
    return False


def _session_of(connection: psycopg.Connection) -> int:
    found = connection.execute(_QUESTION).fetchone()
    return int(found[0]) if found else 0


def _session_soon(connection: psycopg.Connection) -> int:
    """As `_session_of`, but with an OperationalError when the answer takes too long."""
    asked = connection.pgconn
    asked.send_query(_QUESTION.encode())
    asked.flush()
    until = time.monotonic() + WAIT_SECONDS
    with selectors.DefaultSelector() as answers:
        answers.register(asked.socket, selectors.EVENT_READ)
        while asked.is_busy():
            if not answers.select(max(0, until - time.monotonic())):
                raise psycopg.OperationalError("no session within the time")
            asked.consume_input()
    result = asked.get_result()
    value = result.get_value(0, 0) if result else None
    while asked.get_result() is not None:
        pass
    if value is None:
        raise psycopg.OperationalError("no session")
    return int(value)
