"""A git repository of its own for a test, apart from whatever the machine's git is set up to do."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

_SETUP = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "somebody",
    "GIT_AUTHOR_EMAIL": "somebody@shop.example",
    "GIT_COMMITTER_NAME": "somebody",
    "GIT_COMMITTER_EMAIL": "somebody@shop.example",
}


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder; return what it prints."""
    environment = {**os.environ, **_SETUP}
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def commit_all(folder: Path, message: str) -> str:
    """Commit everything below a folder, making the repository where there is none; return the commit."""
    if not (folder / ".git").exists():
        git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)
    return git(folder, "rev-parse", "HEAD")
