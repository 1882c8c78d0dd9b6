"""A folder for a throw-away server, which is gone afterwards: at the latest when the next one is made.

Who is killed leaves its folder behind, and in memory that is memory. The owner keeps a file in it locked, which the
kernel lets go however the owner ends; a process id may be another process's by then, or one of another container.
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
    """Make a folder for a server of this kind, and remove those whose owners are gone."""
    _remove_abandoned(kind)
    folder = Path(tempfile.mkdtemp(prefix=_prefix(kind)))
    try:
        begun = folder / "begun"
        with begun.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            # By this name nobody sees it unlocked.
            begun.rename(folder / _OWNED)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_abandoned(kind: str) -> None:
    for path in Path(tempfile.gettempdir()).glob(f"{_prefix(kind)}*/{_OWNED}"):
        # Another user's, one that is locked, or one that is removed just now.
        with suppress(OSError), path.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path.parent, ignore_errors=True)


def _prefix(kind: str) -> str:
    return f"strangler-{kind}-"
