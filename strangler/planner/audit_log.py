"""``.strangler/audit.jsonl``: who did what to which service, when, with which figures; only ever appended to."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from strangler.model.errors import UnavailableError

Detail = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class AuditLog:
    """The file, who writes, and the clock (seconds since 1970)."""

    path: Path
    who: str
    clock: Callable[[], float]

    def record(self, service: str, action: str, details: Mapping[str, Detail]) -> None:
        """Append one line and have it on disk before going on.

        Raises UnavailableError when that is not possible: what leaves no evidence is not done.
        """
        moment = datetime.fromtimestamp(self.clock(), tz=UTC).isoformat(timespec="milliseconds")
        line = json.dumps({"at": moment, "who": self.who, "service": service, "action": action, **details})
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # One write to a descriptor opened for appending: lines of several processes do not mix.
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            try:
                os.write(descriptor, f"{line}\n".encode())
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise UnavailableError(f"can not be written: {error.strerror}", where=str(self.path)) from error
