"""A folder without permission, also for root, under whom the tests may run."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest


def close(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Make everything that looks at paths with a folder of that name fail as the system does."""
    look = Path.stat

    def refuse(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if name in path.parts:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return look(path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", refuse)
