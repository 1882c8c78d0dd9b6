"""Commands run to their end: how long they take, and how much memory their processes hold."""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

_SAMPLED_EVERY_S = 0.02


def seconds(command: list[str], text: str = "") -> float:
    """The wall time of a command from start to end, interpreter and imports included.

    Raises CalledProcessError when it fails.
    """
    begun = time.perf_counter()
    subprocess.run(command, check=True, input=text, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return time.perf_counter() - begun


@dataclass(frozen=True, slots=True)
class Memory:
    """Peaks in MB (1,000,000 bytes): of the first process, and of the largest of those it started.

    What a forked process shares with its parent counts for the parent alone.
    """

    parent: float
    worker: float


def memory(command: list[str]) -> Memory:
    """Run a command and look at its processes all the while (Linux).

    Raises CalledProcessError when it fails.
    """
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    parent, worker = 0, 0
    while process.poll() is None:
        parent = max(parent, _held(process.pid, "VmHWM:", "status"))
        for child in _children(process.pid):
            worker = max(worker, _held(child, "Private_Clean:", "smaps_rollup", "Private_Dirty:"))
        time.sleep(_SAMPLED_EVERY_S)
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Memory(parent * 1024 / 1e6, worker * 1024 / 1e6)


def _children(process: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    except OSError:
        return []


def _held(process: int, field: str, file: str, *more: str) -> int:
    """The sum of some fields of a file below ``/proc``, in KiB; 0 when the process has ended."""
    try:
        lines = Path(f"/proc/{process}/{file}").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.split()[0] in {field, *more})
