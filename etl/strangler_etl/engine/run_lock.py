"""Lets one process at a time copy a service's tables, and says which.

The lock belongs to a connection or an open file, not to an entry somebody has to take away: the server, or the kernel,
gives it back when the process dies.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Generator
from contextlib import contextmanager, suppress

from strangler_etl.engine.holder import Holder
from strangler_etl.errors import DatabaseError, RunUnderWayError

_DYING_SECONDS = 10.0
"""A server notices that its client has died when it has ended the client's last statement."""
_LOOK_SECONDS = 0.05


class RunLock(ABC):
    """The lock in the target of a service."""

    @abstractmethod
    def take(self, service: str) -> bool:
        """Take the lock, or say that somebody has it; strangler's own tables have to be there."""

    @abstractmethod
    def give_back(self, service: str) -> None:
        """Let others have it; what was taken by this connection only."""

    @abstractmethod
    def holder(self, service: str) -> Holder | None:
        """Who has it; None when nobody does, or when it was taken in this moment."""

    @contextmanager
    def held(self, service: str) -> Generator[None]:
        """Hold the lock during the block.

        Raises RunUnderWayError when another process has it: at once when that is seen alive on this machine.
        """
        deadline = time.monotonic() + _DYING_SECONDS
        while not self.take(service):
            holder = self.holder(service)
            if time.monotonic() > deadline or (holder is not None and holder.seen_alive):
                raise RunUnderWayError(service, str(holder or "a process that can not be told"))
            time.sleep(_LOOK_SECONDS)
        try:
            yield
        finally:
            # Where the connection is gone, so is the lock.
            with suppress(DatabaseError):
                self.give_back(service)
