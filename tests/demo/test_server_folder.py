"""What a killed run leaves of its servers is removed by the next one."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from strangler.demo.server_folder import server_folder

_KILLED = """
import os, signal, sys, tempfile
from strangler.demo.server_folder import server_folder

tempfile.tempdir = sys.argv[1]
with server_folder("postgres") as folder:
    (folder / "data").mkdir()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_folders_of_those_who_are_gone_are_removed_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However they ended; that of a server which runs stays, and so do those of another kind, or of no owner at all."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    killed = subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    (left,) = tmp_path.iterdir()
    assert (left / "data").is_dir()
    (tmp_path / "strangler-postgres-unknown").mkdir()
    with server_folder("mariadb") as other, server_folder("postgres") as first:
        assert not left.exists()
        with server_folder("postgres") as second:
            assert all(folder.is_dir() for folder in (first, second, other))
        assert not second.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["strangler-postgres-unknown"]
