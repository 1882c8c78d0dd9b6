"""Lets one process at a time copy a service's tables, and tells which one it is.

The lock belongs to a connection or an open file, not to a record that somebody must delete: the server, or the kernel,
releases it when the process dies.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Generator
from contextlib import contextmanager, suppress

from strangler_etl.engine.holder import Holder
from strangler_etl.errors import DatabaseError, RunUnderWayError

_DYING_SECONDS = 10.0
"""A server notices that its client has died only when the client's last statement ends."""
_LOOK_SECONDS = 0.05


class RunLock(ABC):
    """The lock in the target of a service."""

    @abstractmethod
    def take(self, service: str) -> bool:
        """Take the lock and return True, or return False where it is taken; needs strangler's own tables."""

    @abstractmethod
    def give_back(self, service: str) -> None:
        """Release the lock that this connection has taken."""

    @abstractmethod
    def holder(self, service: str) -> Holder | None:
        """Who holds the lock; None when nobody does, or when it was taken only just now."""

    @contextmanager
    def held(self, service: str) -> Generator[None]:
        """Hold the lock during the block.

        Raises RunUnderWayError when another process holds it: at once where that process is alive on this machine.
        """
        deadline = time.monotonic() + _DYING_SECONDS
        while not self.take(service):
            holder = self.holder(service)
            if time.monotonic() > deadline or (holder is not None and holder.seen_alive):
                raise RunUnderWayError(service, str(holder or "a process that cannot be told"))
            time.sleep(_LOOK_SECONDS)
        try:
            yield
        finally:
            # If the connection is gone, so is the lock.
            with suppress(DatabaseError):
                self.give_back(service)
