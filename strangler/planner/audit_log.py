"""``.strangler/audit.jsonl``: who did what to which service, when, with which figures; append-only."""

from __future__ import annotations

import contextlib
import errno
import json
import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from strangler.model.errors import UnavailableError
from strangler.model.migration import Decision, Detail

FILE_NAME = "audit.jsonl"
TAIL_BYTES = 256 * 1024
"""How many bytes at the end of a long log are read for its latest lines."""


@dataclass(frozen=True, slots=True)
class AuditLog:
    """The file, the user who writes, and the clock (seconds since 1970)."""

    path: Path
    who: str
    clock: Callable[[], float]

    def record(self, service: str, action: str, details: Mapping[str, Detail]) -> None:
        """Append one line and sync it to disk before returning.

        Raises UnavailableError when that is not possible: nothing is done that leaves no evidence.
        """
        moment = datetime.fromtimestamp(self.clock(), tz=UTC).isoformat(timespec="milliseconds")
        told = {name: _number_or_null(value) for name, value in details.items()}
        line = json.dumps({"at": moment, "who": self.who, "service": service, "action": action, **told})
        try:
            descriptor = self._open()
            try:
                _append(descriptor, f"{line}\n".encode())
            finally:
                os.close(descriptor)
        except OSError as error:
            raise self._unwritable(error) from error

    def check(self) -> None:
        """Raise UnavailableError when the log cannot be opened for writing."""
        try:
            os.close(self._open())
        except OSError as error:
            raise self._unwritable(error) from error

    def _open(self) -> int:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # One write to a descriptor opened for appending: lines of several processes do not mix.
        return os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def _unwritable(self, error: OSError) -> UnavailableError:
        return UnavailableError(f"cannot be written: {error.strerror}", where=str(self.path))


def _append(descriptor: int, line: bytes) -> None:
    """Write the line and sync it to disk, or leave the file as it was: a full disk may take only a part of it."""
    before = os.fstat(descriptor).st_size
    written = os.write(descriptor, line)
    if written < len(line):
        if os.fstat(descriptor).st_size == before + written:
            os.ftruncate(descriptor, before)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.fsync(descriptor)


def _number_or_null(value: Detail) -> Detail:
    """The value as JSON can hold it: JSON has neither NaN, such as a quantile of nothing, nor infinities."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


class _Line(msgspec.Struct):
    at: str
    who: str
    service: str
    action: str


def latest(path: Path, most: int) -> tuple[Decision, ...]:
    """The last lines of a log, the latest first; empty where there is no log or it cannot be read.

    Skips lines that are incomplete or in another format.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - TAIL_BYTES))
            lines = file.read().splitlines()
    except OSError:
        return ()
    found: list[Decision] = []
    for line in reversed(lines):
        if len(found) == most:
            break
        with contextlib.suppress(msgspec.DecodeError):
            head = msgspec.json.decode(line, type=_Line)
            values = msgspec.json.decode(line, type=dict[str, Detail])
            details = {name: value for name, value in values.items() if name not in _Line.__struct_fields__}
            found.append(Decision(head.at, head.who, head.service, head.action, details))
    return tuple(found)
