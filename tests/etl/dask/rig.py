"""A Dask cluster of processes of its own: a scheduler and workers that can be killed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from strangler.demo.processes import free_port


@dataclass(slots=True)
class Cluster:
    """The processes, and the folder they write to."""

    folder: Path
    port: int = field(default_factory=free_port)
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list[subprocess.Popen[bytes]])
    _scheduler: subprocess.Popen[bytes] | None = None

    @property
    def executor(self) -> str:
        """What ``--executor`` says."""
        return f"dask://127.0.0.1:{self.port}"

    def begin_scheduler(self) -> None:
        """Start the scheduler, at the same address each time."""
        arguments = ("--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard", "--no-show")
        self._scheduler = self._started("scheduler", *arguments)

    def add_worker(self) -> None:
        """Start another worker; it looks for the scheduler until it is there."""
        arguments = (f"tcp://127.0.0.1:{self.port}", "--nthreads", "1", "--no-nanny", "--no-dashboard")
        folder = ("--local-directory", str(self.folder))
        self.workers.append(self._started("worker", *arguments, *folder, "--death-timeout", "60"))

    def kill_worker(self, number: int) -> None:
        """End a worker by SIGKILL."""
        _kill(self.workers.pop(number))

    def kill_scheduler(self) -> None:
        """End the scheduler by SIGKILL; its workers end too."""
        if self._scheduler is not None:
            _kill(self._scheduler)
            self._scheduler = None

    def end(self) -> None:
        """End everything."""
        self.kill_scheduler()
        while self.workers:
            self.kill_worker(0)

    def _started(self, what: str, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{what}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.dask_{what}", *arguments], stdout=log, stderr=log
            )


def _kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


@contextmanager
def cluster(folder: Path, workers: int = 2) -> Generator[Cluster]:
    """Run a cluster; its workers may still be starting."""
    made = Cluster(folder)
    try:
        made.begin_scheduler()
        for _ in range(workers):
            made.add_worker()
        yield made
    finally:
        made.end()
