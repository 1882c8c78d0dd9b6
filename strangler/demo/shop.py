"""The sample monolith as a running application: migrated, seeded and served as in production."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from strangler.demo.processes import Process, ProcessError, Processes, Program, answers
from strangler.model.errors import InputError

MIGRATE_SECONDS = 60.0
SEED_SECONDS = 300.0
WORKERS = 2
THREADS = 4


@dataclass(frozen=True, slots=True)
class Shop:
    """The monolith in `folder`, on `database` (a URL), served on `port`; `environment` is complete."""

    folder: Path
    database: str
    port: int
    environment: Mapping[str, str]
    workers: int = WORKERS

    @property
    def url(self) -> str:
        """The URL that it is served at."""
        return f"http://127.0.0.1:{self.port}"

    def migrate(self, processes: Processes) -> None:
        """Create the tables."""
        program = self._program("shop-migrate", "manage.py", "migrate", "--verbosity", "0")
        process = processes.run(program, MIGRATE_SECONDS)
        if process.status != 0:
            raise ProcessError("manage.py migrate", f"ended with status {process.status}", process.log)

    def start_seed(self, processes: Processes, orders: int) -> Process:
        """Begin to fill the tables; the same number of orders always gives the same rows."""
        return processes.start(self._program("shop-seed", "manage.py", "seed", "--orders", str(orders)))

    def serve(self, processes: Processes) -> Process:
        """Start gunicorn as the sample's Makefile does, and wait until it answers."""
        process = processes.start(
            self._program(
                "shop", "-m", "gunicorn", "shop.wsgi:application", "--bind", f"127.0.0.1:{self.port}",
                "--worker-class", "gthread", "--workers", str(self.workers), "--threads", str(THREADS),
                "--keep-alive", "30", "--backlog", "1024", "--log-level", "warning", "--no-control-socket",
            )
        )  # fmt: skip
        process.wait_until(answers(f"{self.url}/healthz"))
        return process

    def _program(self, name: str, *arguments: str) -> Program:
        environment = {**self.environment, "DATABASE_URL": self.database}
        return Program(name, (sys.executable, *arguments), self.folder, environment)


def sample_folder(path: Path) -> Path:
    """Return the folder of the sample monolith; InputError if it does not exist."""
    if not (path / "manage.py").is_file() or not (path / "strangler.toml").is_file():
        raise InputError(
            "the sample monolith is not there", where=str(path), remedy="name its folder: strangler demo --sample PATH"
        )
    return path.resolve()
