"""Virtual environments with applications from the package index, kept between runs."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.wheels import cache_folder

SECONDS = 600


def environment(name: str, *requirements: str) -> Path:
    """Return the folder of an environment with pinned `requirements`, made once; skips the test without a network."""
    mark = hashlib.sha256(" ".join((sys.version, *requirements)).encode()).hexdigest()[:8]
    folder = cache_folder().parent / "environments" / f"{name}-{mark}"
    if (folder / ".complete").exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, timeout=SECONDS)
    command = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    outcome = subprocess.run([*command, *requirements], check=False, capture_output=True, text=True, timeout=SECONDS)
    if outcome.returncode != 0:
        shutil.rmtree(folder)
        pytest.skip(f"{requirements[0]} cannot be installed: {(outcome.stderr.strip().splitlines() or ['?'])[-1]}")
    (folder / ".complete").touch()
    return folder
