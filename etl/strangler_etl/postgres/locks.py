"""How locks of PostgreSQL are taken, and how long to wait for them."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from time import monotonic

import psycopg

from strangler_etl.engine.session import Session
from strangler_etl.errors import DatabaseError, LockTimeoutError, busy
from strangler_etl.postgres.notation import milliseconds


@contextmanager
def lock_timeout(session: Session, tables: Sequence[str], seconds: float) -> Generator[None]:
    """Let no statement wait for a lock longer than this until the end of the transaction."""
    _limit(session, seconds)
    try:
        yield
    except DatabaseError as error:
        if isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
            raise busy(session.address, tables, seconds) from error
        raise


def lock_out_writers(session: Session, tables: Sequence[str], seconds: float) -> None:
    """Keep everybody else from writing to the tables until the open transaction ends.

    Writers lock tables in an order of their own. If a writer waits for a table we have locked while we wait for one it
    has locked, the server ends one of the two with an error, which may hit a user. So while we hold a lock, we wait for
    another more briefly than the server takes to detect a deadlock; then we release all, and begin with the busy table.
    Partitions, which a writer may name as well, are treated like tables.

    Raises LockTimeoutError when that takes longer than `seconds`.
    """
    brief = _deadlock_seconds(session) / 2
    order, deadline = _with_parts(session, tables), monotonic() + seconds
    while (occupied := _occupied(session, tables, order, deadline, brief)) is not None:
        if monotonic() >= deadline:
            raise busy(session.address, tables, seconds)
        order.remove(occupied)
        order.insert(0, occupied)
    _limit(session, seconds)


def _with_parts(session: Session, tables: Sequence[str]) -> list[str]:
    """The tables, each with its partitions and what inherits from it, as SQL names them."""
    query = """
        WITH RECURSIVE part AS (
            SELECT unnest(%s::text[])::regclass::oid AS oid
            UNION SELECT inhrelid FROM pg_inherits JOIN part ON part.oid = inhparent
        )
        SELECT oid::regclass::text FROM part WHERE has_table_privilege(oid, 'UPDATE, DELETE, TRUNCATE') ORDER BY oid
    """
    return [str(name) for (name,) in session.rows(query, [list(map(session.quoted, tables))])]


def _limit(session: Session, seconds: float) -> None:
    session.execute("SELECT set_config('lock_timeout', %s, true)", [milliseconds(seconds)])


def _occupied(
    session: Session, tables: Sequence[str], order: Sequence[str], deadline: float, brief: float
) -> str | None:
    """The table of `order` that others kept busy, with no lock of ours left on any; None when all are locked."""
    until, wanted = deadline, ""
    try:
        with session.transaction():
            for wanted in order:
                with lock_timeout(session, [wanted], until - monotonic()):
                    session.execute(f"LOCK TABLE ONLY {wanted} IN SHARE ROW EXCLUSIVE MODE")
                until = min(until, monotonic() + brief)
            # Including its partitions, which may be locked only together with the whole.
            with lock_timeout(session, [wanted], until - monotonic()):
                names = ", ".join(map(session.quoted, tables))
                session.execute(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE")
    except LockTimeoutError:
        return wanted
    return None


def _deadlock_seconds(session: Session) -> float:
    """How long a session waits for a lock before the server checks for a deadlock."""
    ((said,),) = session.rows("SELECT setting FROM pg_settings WHERE name = 'deadlock_timeout'")
    return int(str(said)) / 1000
