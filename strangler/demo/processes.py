"""Child processes that each have a log, and that end with their parent however it ends."""

from __future__ import annotations

import http.client
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Container, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from strangler.demo import leash
from strangler.model.errors import UnavailableError

POLL_SECONDS = 0.02
START_SECONDS = 30.0
STOP_SECONDS = 10.0
HURRIED_SECONDS = 1.0
"""How long a process may take to end after an error or Ctrl-C."""
LOG_LINES_SHOWN = 8
_PORTS = range(20_000, 32_768)
_PORT_TRIES = 100


class ProcessError(UnavailableError):
    """A process did not start, or ended too early."""

    def __init__(self, name: str, fact: str, log: Path) -> None:
        lines = log.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:] if log.exists() else []
        ending = " | ".join(line.strip() for line in lines if line.strip())
        super().__init__(f"{name} {fact}: {ending or 'its log is empty'}", where=str(log))
        self.name = name
        self.log = log


@dataclass(frozen=True, slots=True)
class Account:
    """The user that a process runs as, if it is not the user of its parent."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Program:
    """What to run: `command` (a path or a name on ``PATH``) in `folder`, with exactly `environment`.

    `stop_signal` asks it to end; `orphan_signal` is sent to it when its parent dies; `niceness` lowers its priority.
    """

    name: str
    command: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGKILL
    niceness: int = 0


class Process:
    """One running program."""

    def __init__(self, program: Program, log: Path) -> None:
        self.program = program
        self.log = log
        self._begun_at = log.stat().st_size if log.exists() else 0
        self._buried = False
        with log.open("ab") as output:
            self._child = subprocess.Popen(
                leashed(program),
                cwd=program.folder,
                env=dict(program.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process id, which is also that of its process group."""
        return self._child.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self._child.poll() is None

    @property
    def status(self) -> int | None:
        """The exit status, or minus the number of the signal that ended it; None while it runs."""
        return self._child.poll()

    def said(self) -> str:
        """Everything that it has logged since it started."""
        with self.log.open("rb") as file:
            file.seek(self._begun_at)
            return file.read().decode(errors="replace")

    def says(self, text: str) -> Callable[[], bool]:
        """Return the condition that the log contains `text`."""
        return lambda: text in self.said()

    def wait_until(self, condition: Callable[[], bool], seconds: float = START_SECONDS) -> None:
        """Wait for the condition; ProcessError if the process ends first or the time is up."""
        deadline = time.monotonic() + seconds
        while not condition():
            if not self.running:
                raise ProcessError(self.program.name, f"ended with status {self.status}", self.log)
            if time.monotonic() > deadline:
                raise ProcessError(self.program.name, f"was not ready after {seconds:g} s", self.log)
            time.sleep(POLL_SECONDS)

    def wait(self, seconds: float) -> int:
        """Wait for the end, and return the exit status; ProcessError if the time is up."""
        try:
            return self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            raise ProcessError(self.program.name, f"had not ended after {seconds:g} s", self.log) from None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process alone, not to its group."""
        self._child.send_signal(number)

    def kill(self) -> None:
        """Kill the process and its children at once."""
        if self._buried:
            return  # its id may belong to another process by now
        self._kill_group()
        self._child.wait()
        self._buried = True

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Ask the process to end; after `seconds`, kill it and what is left of its children."""
        if self.running:
            self._child.send_signal(self.program.stop_signal)
            with suppress(subprocess.TimeoutExpired):
                self._child.wait(seconds)
        self.kill()

    def _kill_group(self) -> None:
        # The group may be empty by now; macOS reports that with the second error.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, signal.SIGKILL)


class Processes:
    """A set of processes that log to one folder; all of them end with the block."""

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self._started: list[Process] = []

    def __enter__(self) -> Self:
        self.logs.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop_all(STOP_SECONDS if kind is None else HURRIED_SECONDS)

    def start(self, program: Program) -> Process:
        """Start a program; it logs to ``NAME.log``, to which a second process with that name appends."""
        process = Process(program, self.logs / f"{program.name}.log")
        self._started.append(process)
        return process

    def stop_all(self, seconds: float = STOP_SECONDS) -> None:
        """Stop all in reverse order of their start, because each may need earlier ones; each has `seconds` to end."""
        while self._started:
            self._started.pop().stop(seconds)

    def run(self, program: Program, seconds: float) -> Process:
        """Run a program to its end; ProcessError if that takes too long. The caller checks its status."""
        process = self.start(program)
        try:
            process.wait(seconds)
        finally:
            process.stop()
            self._started.remove(process)
        return process


def leashed(program: Program) -> tuple[str, ...]:
    """Return the command line that runs `program` such that it ends with this process."""
    path = shutil.which(program.command[0], path=program.environment.get("PATH"))
    if path is None:
        raise UnavailableError(f"there is no program {program.command[0]}", remedy="run: make install")
    account = program.account or Account(-1, -1)
    orders = (os.getpid(), int(program.orphan_signal), account.uid, account.gid, program.niceness)
    return (sys.executable, "-I", "-S", leash.__file__, *map(str, orders), path, *program.command[1:])


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody is listening on.

    It is outside the ephemeral range (from 32768 on Linux, from 49152 elsewhere, RFC 6335), so that no other listener
    or connection is assigned it by chance before it is used.
    """
    for _ in range(_PORT_TRIES):
        port = secrets.choice(_PORTS)
        with socket.socket() as listener, suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port
    raise UnavailableError(f"no port of {_PORTS.start} to {_PORTS.stop - 1} is free")


def answers(url: str, statuses: Container[int] = (200,), seconds: float = 1.0) -> Callable[[], bool]:
    """Return the condition that GET `url` answers with one of `statuses`."""
    address = urlsplit(url)

    def condition() -> bool:
        connection = http.client.HTTPConnection(address.hostname or "127.0.0.1", address.port, timeout=seconds)
        try:
            connection.request("GET", address.path or "/")
            return connection.getresponse().status in statuses
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return condition
