"""A server in processes of its own, on one core, for as long as a benchmark needs it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_UP_WITHIN_S = 20.0
_DOWN_WITHIN_S = 10.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Server:
    """A program that listens on a port of 127.0.0.1, and the processes it consists of."""

    name: str
    port: int
    process: int

    def processes(self) -> list[int]:
        """The first process and everything it has started."""
        found = [self.process]
        for process in found:
            for children in Path(f"/proc/{process}/task").glob("*/children"):
                found += _numbers(children)
        return found

    def processor_seconds(self) -> float:
        """The processor time all of them have used up to now, in user mode and in the system's."""
        ticks = 0
        for process in self.processes():
            # The name of the program, in parentheses, may hold anything: fields are counted from its end.
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / _TICKS

    def resident(self) -> int:
        """Bytes of memory all of them hold now."""
        return sum(_field(process, "VmRSS:") for process in self.processes())

    def forget_peak(self) -> None:
        """Let `peak` begin anew."""
        for process in self.processes():
            Path(f"/proc/{process}/clear_refs").write_text("5")

    def peak(self) -> int:
        """The most bytes each of them has held since `forget_peak`, added up."""
        return sum(_field(process, "VmHWM:") for process in self.processes())


def free_port() -> int:
    """A port of 127.0.0.1 on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def pinned(command: list[str], core: int) -> list[str]:
    """The command that runs on one core only, where that can be said and there is such a core."""
    if shutil.which("taskset") is None or core not in os.sched_getaffinity(0):
        return command
    return ["taskset", "-c", str(core), *command]


@contextmanager
def running(command: list[str], port: int, core: int, log: Path, environment: Mapping[str, str]) -> Generator[Server]:
    """Run a server until the end of the block; RuntimeError, with what it said, if it never listens."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            pinned(command, core),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
            start_new_session=True,
        )
    name = log.stem
    try:
        _await_port(name, process, port, log)
        yield Server(name, port, process.pid)
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    # The first process may be a script that stays beside the server proper, so the whole session is told.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(_DOWN_WITHIN_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _await_port(name: str, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _UP_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 0.5).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError(f"{name} does not listen on port {port}: {log.read_text(errors='replace')[-2000:]}")


def _numbers(path: Path) -> list[int]:
    try:
        return [int(number) for number in path.read_text().split()]
    except OSError:
        return []


def _field(process: int, field: str) -> int:
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) * 1024
    return 0
