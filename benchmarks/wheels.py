"""Applications from the package index, unpacked and never installed or executed."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path


class WheelUnavailableError(Exception):
    """The wheel cannot be had now; the message says why."""


def cache_folder() -> Path:
    """Where unpacked wheels are kept between runs."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "strangler" / "wheels"


def unpacked(requirement: str) -> Path:
    """The folder a pinned wheel (``name==version``) is unpacked in, like one `site-packages`; downloads it once.

    Raises WheelUnavailableError without a network or when the index has no such wheel.
    """
    target = cache_folder() / requirement.replace("==", "-")
    if (target / ".complete").exists():
        return target
    downloads = target / ".download"
    downloads.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    command += ["--ignore-requires-python", "--dest", str(downloads), requirement]  # It is read, never run.
    outcome = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
    wheels = sorted(downloads.glob("*.whl"))
    if outcome.returncode != 0 or not wheels:
        lines = outcome.stderr.strip().splitlines() or ["no wheel"]
        raise WheelUnavailableError(f"{requirement} cannot be downloaded: {lines[-1]}")
    with zipfile.ZipFile(wheels[0]) as wheel:
        wheel.extractall(target)
    wheels[0].unlink()
    (target / ".complete").touch()
    return target
