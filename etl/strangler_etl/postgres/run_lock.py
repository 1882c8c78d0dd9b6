"""The lock of a run in a PostgreSQL database: an advisory lock of the session, with a row that names its holder."""

from __future__ import annotations

import os
import socket

from strangler_etl.engine.holder import Holder
from strangler_etl.engine.run_lock import RunLock
from strangler_etl.engine.session import Session

_CLASS = 728_364_012
"""The first half of the lock's number, which distinguishes it from locks for other purposes."""


class PostgresRunLock(RunLock):
    """The lock of a connection."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def take(self, service: str) -> bool:
        session = self._session
        if session.rows("SELECT pg_try_advisory_lock(%s, hashtext(%s))", [_CLASS, service]) != [(True,)]:
            return False
        session.execute(
            "INSERT INTO strangler.run (service, host, pid, backend) VALUES (%s, %s, %s, pg_backend_pid())"
            " ON CONFLICT (service) DO UPDATE SET (host, pid, backend, since)"
            " = ROW(excluded.host, excluded.pid, excluded.backend, excluded.since)",
            [service, socket.gethostname(), os.getpid()],
        )
        return True

    def give_back(self, service: str) -> None:
        self._session.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", [_CLASS, service])

    def holder(self, service: str) -> Holder | None:
        if self._session.rows("SELECT to_regclass('strangler.run')") == [(None,)]:
            return None
        # The row of a finished run stays: it counts as long as its connection holds the lock.
        found = self._session.rows(
            "SELECT run.host, run.pid, extract(epoch FROM run.since)::float8"
            " FROM strangler.run JOIN pg_locks AS held ON held.pid = run.backend"
            " WHERE run.service = %s AND held.granted AND held.locktype = 'advisory' AND held.objsubid = 2"
            " AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND held.classid = %s AND held.objid = hashtext(run.service)::oid",
            [service, _CLASS],
        )
        return Holder(str(found[0][0]), int(str(found[0][1])), float(str(found[0][2]))) if found else None
