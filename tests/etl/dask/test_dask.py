"""A copy by the workers of a Dask cluster: the same rows, whatever dies."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from strangler.demo.postgres import PostgresServer
from strangler.model.errors import UnavailableError
from strangler_etl.copying import dask_cluster
from strangler_etl.copying.dask_cluster import opened_cluster
from strangler_etl.run.executor import DaskExecutor, parse_executor
from tests.etl.dask.rig import Cluster, cluster
from tests.etl.every_type import EveryType, every_type
from tests.waiting import until

pytestmark = [pytest.mark.dask, pytest.mark.postgres]

FINISHED_WITHIN = 200.0
KILLS = 10


def finish(running: subprocess.Popen[str]) -> None:
    """Let a run end well."""
    out, err = running.communicate(timeout=FINISHED_WITHIN)
    assert (running.returncode, out) == (0, "ended\n"), err


def equal(case: EveryType) -> bool:
    """Whether both sides have the same rows, after what was written meanwhile was applied."""
    case.follow()
    return case.checksums(case.target) == case.checksums(case.source)


def part_copied(case: EveryType, running: subprocess.Popen[str], rows: int) -> None:
    """Wait until so many rows are at the target, or the run has ended."""
    until(lambda: case.copied() >= rows or running.poll() is not None, FINISHED_WITHIN)


def disturbed(case: EveryType, made: Cluster, dice: random.Random, disturb: Callable[[], None]) -> None:
    """Copy everything, users writing, with a disturbance at a random instant."""
    case.write(dice)
    running = case.begin(made.executor)
    part_copied(case, running, dice.randrange(1, case.rows * 2))
    disturb()
    finish(running)
    assert equal(case)


def test_what_an_executor_is_called() -> None:
    """A cluster of its own, one at an address, one that is spoken to in secret; and nothing else."""
    assert parse_executor("dask") == DaskExecutor()
    assert parse_executor("dask://scheduler:8786") == DaskExecutor("tcp://scheduler:8786")
    assert parse_executor("dask+tls://[::1]:8786") == DaskExecutor("tls://[::1]:8786")
    for wrong in ("", "dask://", "dask://host", "dask://host:x", "spark://host:1"):
        with pytest.raises(ValueError, match="is dask, dask://HOST:PORT"):
            parse_executor(wrong)


def test_a_worker_is_killed_amid_a_chunk(postgres: PostgresServer, tmp_path: Path) -> None:
    """The other one copies what it had begun: checksums are equal."""
    case = every_type(postgres, tmp_path, 3_000)
    with cluster(tmp_path) as made:
        disturbed(case, made, random.Random(1), lambda: made.kill_worker(0))


def test_a_cluster_for_one_run(postgres: PostgresServer, tmp_path: Path) -> None:
    """Made by one word, and gone afterwards."""
    case = every_type(postgres, tmp_path, 1_001)
    finish(case.begin("dask"))
    assert equal(case)


def test_nobody_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says where."""
    monkeypatch.setattr(dask_cluster, "CONNECT_SECONDS", 0.2)
    with (
        pytest.raises(UnavailableError, match="no scheduler answers"),
        opened_cluster(DaskExecutor("tcp://127.0.0.1:1"), 1),
    ):
        pass


@pytest.mark.faults
def test_a_worker_is_killed_at_ten_instants(postgres: PostgresServer, tmp_path: Path) -> None:
    """One of two, another one comes each time: nothing is lost, nothing is twice."""
    case = every_type(postgres, tmp_path, 10_000)
    dice = random.Random(7)
    with cluster(tmp_path) as made:
        for _ in range(KILLS):
            disturbed(case, made, dice, lambda: made.kill_worker(dice.randrange(2)))
            made.add_worker()
            case.clear()


@pytest.mark.faults
def test_the_scheduler_is_killed_and_comes_again(postgres: PostgresServer, tmp_path: Path) -> None:
    """With other workers: the run submits once more what it has not heard of."""
    case = every_type(postgres, tmp_path, 10_001)

    with cluster(tmp_path) as made:

        def again() -> None:
            made.end()
            made.begin_scheduler()
            made.add_worker()

        for seed in range(3):
            disturbed(case, made, random.Random(seed), again)
            case.clear()


@pytest.mark.faults
def test_the_network_to_the_target_is_lost(postgres: PostgresServer, tmp_path: Path) -> None:
    """The run ends with an error and keeps what is copied; the next one goes on from there."""
    case = every_type(postgres, tmp_path, 10_002)
    with cluster(tmp_path) as made:
        running = case.begin(made.executor)
        part_copied(case, running, 5_000)
        case.cut_connections()
        assert running.wait(FINISHED_WITHIN) != 0
        running.communicate()
        assert case.copied() >= 5_000
        finish(case.begin(made.executor))
        assert equal(case)
