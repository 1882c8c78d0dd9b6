"""The lock of a run into a SQLite file: a file beside it that the kernel locks, and that names its holder."""

from __future__ import annotations

import fcntl
import os
import socket
import time
from pathlib import Path
from typing import IO

import msgspec

from strangler_etl.engine.holder import Holder
from strangler_etl.engine.run_lock import RunLock
from strangler_etl.errors import DatabaseError


class SQLiteRunLock(RunLock):
    """The lock of a database file."""

    def __init__(self, database: Path) -> None:
        # Whatever link leads to it, the lock lies beside the file itself.
        self._database = database.resolve()
        self._held: dict[str, IO[bytes]] = {}

    def take(self, service: str) -> bool:
        try:
            file = self._path(service).open("a+b")
        except OSError as error:
            what = f"the file that keeps a second run out cannot be written: {error.strerror}"
            raise DatabaseError(str(self._path(service)), what) from error
        if not _locked(file, fcntl.LOCK_EX) or not self._is(service, file):
            file.close()
            return False
        file.truncate(0)
        file.write(msgspec.json.encode(Holder(socket.gethostname(), os.getpid(), time.time())))
        file.flush()
        self._held[service] = file
        return True

    def give_back(self, service: str) -> None:
        file = self._held.pop(service, None)
        if file is not None:
            # Under the lock, so that nobody holds a file that no longer exists.
            self._path(service).unlink(missing_ok=True)
            file.close()

    def holder(self, service: str) -> Holder | None:
        try:
            with self._path(service).open("rb") as file:
                return None if _locked(file, fcntl.LOCK_SH) else msgspec.json.decode(file.read(), type=Holder)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def _is(self, service: str, file: IO[bytes]) -> bool:
        """Whether the file is still the one of that name: the holder of the lock deletes it in the end."""
        try:
            return os.path.samestat(self._path(service).stat(), os.fstat(file.fileno()))
        except FileNotFoundError:
            return False

    def _path(self, service: str) -> Path:
        return self._database.with_name(f"{self._database.name}-run-{service}")


def _locked(file: IO[bytes], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
