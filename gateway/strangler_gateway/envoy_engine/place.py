"""Where everything of one Envoy is."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from strangler.model.errors import UnavailableError


@dataclass(frozen=True, slots=True)
class EnvoyPlace:
    """Where the files of one Envoy are, the sockets it is asked by, and those at which it asks us.

    Each of its threads is asked at `threads`; we are asked as the data plane, and as what signs who is asking.
    """

    folder: Path
    socket: Path
    plane: Path
    signer: Path
    threads: Path

    @classmethod
    def in_folder(cls, folder: Path) -> EnvoyPlace:
        """Return the place of the Envoy that follows files in `folder`; whoever comes after finds the same.

        A socket's path is short (108 bytes), so it is not in the folder. UnavailableError when somebody else made its.
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
