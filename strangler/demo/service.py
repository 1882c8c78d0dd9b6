"""The new reviews service of the sample, running on its own database."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from strangler.demo.processes import Process, ProcessError, Processes, Program, answers

FOLDER = "reviews-service"
"""Its folder within the sample."""
HEALTH = "/_internal_/healthcheck"
SCHEMA_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class ReviewsService:
    """The service in `folder`, served on `port`; `environment` names its database and keys."""

    folder: Path
    port: int
    environment: Mapping[str, str]

    @property
    def url(self) -> str:
        """The URL that it is served at."""
        return f"http://127.0.0.1:{self.port}"

    def create_schema(self, processes: Processes) -> None:
        """Create the tables."""
        process = processes.run(self._program("reviews-schema", "-m", "reviews_service.schema"), SCHEMA_SECONDS)
        if process.status != 0:
            raise ProcessError("reviews_service.schema", f"ended with status {process.status}", process.log)

    def serve(self, processes: Processes) -> Process:
        """Start it and wait until it answers; it is not healthy until it has copies of products and customers."""
        process = processes.start(
            self._program(
                "reviews", "-m", "uvicorn", "reviews_service.app:create_app", "--factory",
                "--host", "127.0.0.1", "--port", str(self.port), "--log-level", "warning", "--no-access-log",
                "--timeout-keep-alive", "75",
            )
        )  # fmt: skip
        process.wait_until(answers(f"{self.url}{HEALTH}", (200, 503)))
        return process

    def wait_until_healthy(self, process: Process) -> None:
        """Wait until it accepts traffic."""
        process.wait_until(answers(f"{self.url}{HEALTH}"))

    def _program(self, name: str, *arguments: str) -> Program:
        return Program(name, (sys.executable, *arguments), self.folder, self.environment)
