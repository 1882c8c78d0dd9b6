"""How long a lock of PostgreSQL is waited for."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager

import psycopg

from strangler_etl.engine.session import Session
from strangler_etl.errors import DatabaseError, busy
from strangler_etl.postgres.notation import milliseconds


@contextmanager
def lock_timeout(session: Session, tables: Sequence[str], seconds: float) -> Generator[None]:
    """Let no lock be waited for longer from now to the end of the transaction."""
    session.execute("SELECT set_config('lock_timeout', %s, true)", [milliseconds(seconds)])
    try:
        yield
    except DatabaseError as error:
        if isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
            raise busy(session.address, tables, seconds) from error
        raise
