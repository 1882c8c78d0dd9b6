"""The gateway as a wheel has it, with its hot path compiled."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

_CHECKOUT = Path(__file__).parents[1]
_FOLDER = Path("build") / "compiled"
_WITHIN_S = 900


def interpreter(skipped: Callable[[str], None]) -> str:
    """The interpreter that has it, made by make when it is not there yet; the running one where it cannot be had."""
    if shutil.which("cc") is None:
        skipped("the compiled gateway: that needs a C compiler (Debian: apt install gcc libc6-dev python3-dev)")
        return sys.executable
    command = ["make", "--silent", str(_FOLDER / "installed"), f"PYTHON={sys.executable}"]
    made = subprocess.run(command, cwd=_CHECKOUT, check=False, capture_output=True, text=True, timeout=_WITHIN_S)
    if made.returncode != 0:
        lines = made.stderr.strip().splitlines() or ["make failed"]
        skipped(f"the compiled gateway: {lines[-1]}")
        return sys.executable
    return str(_CHECKOUT / _FOLDER / "bin" / "python")
