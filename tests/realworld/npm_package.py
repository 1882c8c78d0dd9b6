"""Packages of the registry of npm, unpacked and kept between runs; nothing of them is run."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from benchmarks.wheels import cache_folder

SECONDS = 120


def npm_package(name: str, version: str) -> Path:
    """The folder a package of this version is unpacked in, downloaded once; skips the test without npm or network."""
    folder = cache_folder().parent / "npm" / f"{name.replace('/', '-')}-{version}"
    if folder.exists():
        return folder
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent) as made:
        done = subprocess.run(
            [npm, "pack", f"{name}@{version}", "--silent"], cwd=made, check=False, capture_output=True, timeout=SECONDS
        )
        if done.returncode != 0:
            pytest.skip(f"{name} cannot be fetched")
        (archive,) = Path(made).glob("*.tgz")
        with tarfile.open(archive) as packed:
            packed.extractall(made, filter="data")
        (Path(made) / "package").rename(folder)
    return folder
