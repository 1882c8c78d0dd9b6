"""A folder for a throw-away server, which is removed afterwards: at the latest when the next one is created.

An owner that is killed leaves its folder behind, and a folder in memory uses memory. So the owner keeps a file in it
locked, and the kernel releases the lock however the owner ends. A process id would not do: by then it may belong to
another process, or to one in another container.
"""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

_OWNED = "owned"


@contextmanager
def server_folder(kind: str) -> Generator[Path]:
    """Create a folder for a server of this kind, and remove those whose owners have ended."""
    _remove_abandoned(kind)
    folder = Path(tempfile.mkdtemp(prefix=_prefix(kind)))
    try:
        begun = folder / "begun"
        with begun.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            # The file gets the name that others look for only once it is locked.
            begun.rename(folder / _OWNED)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_abandoned(kind: str) -> None:
    for path in Path(tempfile.gettempdir()).glob(f"{_prefix(kind)}*/{_OWNED}"):
        # It may be another user's, locked, or removed at this moment.
        with suppress(OSError), path.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path.parent, ignore_errors=True)


def _prefix(kind: str) -> str:
    return f"strangler-{kind}-"
