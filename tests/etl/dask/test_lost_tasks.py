"""What becomes of the other chunks when the outcome of one is lost."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from strangler.demo.postgres import PostgresServer
from strangler.model.progress import SilentProgress
from strangler.project_reader import load_project
from strangler_etl.copying import dask_cluster
from strangler_etl.copying.backfill import backfill
from strangler_etl.copying.dask_work import copy_chunk
from strangler_etl.migration import open_migration
from strangler_etl.run.executor import DaskExecutor
from strangler_etl.run.pace import Pace
from strangler_etl.run.settings import RunSettings
from tests.etl.every_type import every_type

pytestmark = [pytest.mark.dask, pytest.mark.postgres]

LOOKS = 2
"""How often a task is still pending when somebody looks."""


@dataclass(eq=False)
class FakeTask:
    """A task that takes a while; once its connection is closed it never finishes."""

    work: Callable[[], object]
    fate: str = "pending"
    looks: int = 0
    heard: list[Callable[[Any], None]] = field(default_factory=list[Callable[[Any], None]])
    outcome: object = None

    @property
    def status(self) -> str:
        """Finish the work when it was looked at often enough."""
        self.looks += 1
        if self.fate == "pending" and self.looks > LOOKS:
            self.outcome, self.fate = self.work(), "finished"
            for heard in self.heard:
                heard(self)
        return self.fate

    def result(self) -> object:
        """What the work has given."""
        return self.outcome

    def cancel(self) -> None:
        """Never finish."""
        self.fate = "cancelled" if self.fate == "pending" else self.fate

    def add_done_callback(self, heard: Callable[[Any], None]) -> None:
        """Remember whom to tell."""
        self.heard.append(heard)


@dataclass
class FakeClient:
    """A connection to a scheduler whose worker, where it is the `first`, takes an outcome along as it dies."""

    first: bool
    status: str = "running"
    tasks: list[FakeTask] = field(default_factory=list[FakeTask])

    def submit(
        self,
        work: Callable[..., object],
        *arguments: object,
        key: str,
        pure: bool,
        workers: Sequence[str] | None = None,
    ) -> FakeTask:
        """Begin a task."""
        task = FakeTask(lambda: work(*arguments))
        if self.first and work is copy_chunk and not self.tasks:
            task.fate = "lost"
        if work is copy_chunk:
            self.tasks.append(task)
        return task

    def nthreads(self) -> dict[str, int]:
        """Two lanes."""
        return {"worker": 2}

    def close(self, timeout: float = 1) -> None:
        """Cancel what is pending."""
        self.status = "closed"
        for task in self.tasks:
            task.cancel()


def test_one_lost_outcome_begins_everything_again_once(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tasks of the connection that is closed are lost too; to connect again for each of them would never end."""
    case = every_type(postgres, tmp_path, 1_000)
    made: list[FakeClient] = []

    def connected(_address: str) -> FakeClient:
        made.append(FakeClient(first=not made))
        assert len(made) < 5, "connected over and over"
        return made[-1]

    monkeypatch.setattr(dask_cluster, "_connected", connected)
    monkeypatch.chdir(case.folder)
    monkeypatch.setenv("SOURCE", case.source)
    monkeypatch.setenv("TARGET", case.target)
    with open_migration(load_project(Path()), "items", os.environ) as migration:
        migration.install()
        executor = DaskExecutor("tcp://127.0.0.1:1")
        settings = RunSettings(Pace(200, seconds=0.03), jobs=2, indexes_last=True, keys_last=0, executor=executor)
        backfill(migration, SilentProgress(), settings)
    assert len(made) == 2
    assert case.checksums(case.target) == case.checksums(case.source)
