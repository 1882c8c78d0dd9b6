"""The files and sockets of one Envoy."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from strangler.model.errors import UnavailableError


@dataclass(frozen=True, slots=True)
class EnvoyFiles:
    """The folder of one Envoy's files, and the sockets between it and us.

    Envoy listens at `socket` (its admin interface) and `threads` (each thread answers which routes it follows); we
    listen at `plane` (our data plane) and `signer` (identities).
    """

    folder: Path
    socket: Path
    plane: Path
    signer: Path
    threads: Path

    @classmethod
    def in_folder(cls, folder: Path) -> EnvoyFiles:
        """Return those of the Envoy that follows the files in `folder`; later processes find the same one.

        A socket's path must be short (108 bytes), so the sockets are in a temporary folder instead. UnavailableError
        when that folder belongs to another user.
        """
        name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
        sockets = Path(tempfile.gettempdir()) / f"strangler-{os.getuid()}-{name}"
        try:
            sockets.mkdir(mode=0o700, exist_ok=True)
            status = sockets.lstat()
        except OSError as error:
            raise UnavailableError(f"{sockets}: {error.strerror}") from error
        if status.st_uid != os.getuid() or status.st_mode & 0o077:
            raise UnavailableError(f"{sockets} belongs to somebody else, or others may write there")
        folder.mkdir(parents=True, exist_ok=True)
        return cls(folder.resolve(), *(sockets / f"{name}.sock" for name in ("envoy", "plane", "signer", "threads")))
