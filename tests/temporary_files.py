"""Where the temporary files of a test run lie: in memory, where there is enough of it.

A database is hundreds of files, which are made, written and soon deleted: on a disk that takes longer than the tests.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM = 4 << 30
"""How many bytes have to be free: many times what a run has at once."""


def keep_in_memory() -> None:
    """Let temporary files of this process and its children lie in memory, unless ``TMPDIR`` says where they do."""
    if "TMPDIR" not in os.environ and _room() >= ROOM:
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


def _room() -> int:
    """How many bytes fit; none where there is no such folder."""
    try:
        available = re.search(r"^MemAvailable: +(\d+) kB", Path("/proc/meminfo").read_text("ascii"), re.MULTILINE)
        free = shutil.disk_usage(MEMORY).free
    except OSError:
        return 0
    return min(free, int(available[1]) << 10) if available else 0
