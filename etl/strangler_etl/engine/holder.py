"""The process that runs `strangler etl run`."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Holder:
    """The process `pid` of `host`; `since` is in seconds since 1970, by the clock of the database."""

    host: str
    pid: int
    since: float

    def __str__(self) -> str:
        return (
            f"process {self.pid} on {self.host}, since {datetime.fromtimestamp(self.since, UTC):%Y-%m-%d %H:%M:%S} UTC"
        )

    @property
    def seen_alive(self) -> bool:
        """Whether it is a live process of this machine; processes of other machines cannot be seen."""
        return self.host == socket.gethostname() and _is_there(self.pid)


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # It belongs to another user.
        return True
    return True
