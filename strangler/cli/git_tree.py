"""Whether a folder can be written to so that git tells what was changed, and takes it back."""

from __future__ import annotations

import subprocess
from pathlib import Path

from strangler.model.errors import InputError, UnavailableError


def require_clean_tree(folder: Path) -> None:
    """Raise InputError unless the folder is in a git work tree without changes; UnavailableError without git."""
    command = ["git", "-C", str(folder), "status", "--porcelain", "--untracked-files=normal", "--", "."]
    try:
        found = subprocess.run(command, capture_output=True, check=False)
    except OSError as error:
        raise UnavailableError("git can not be run", remedy="install git") from error
    if found.returncode:
        raise InputError(
            "is in no git work tree, so nothing could take a change back", where=str(folder), remedy="run: git init"
        )
    changes = found.stdout.decode("utf-8", "replace").splitlines()
    if changes:
        more = f" and {len(changes) - 1} more" if len(changes) > 1 else ""
        raise InputError(
            f"has changes that are not committed: {changes[0].strip()}{more}",
            where=str(folder),
            remedy="commit or stash them first",
        )
