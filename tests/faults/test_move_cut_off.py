"""A move of the authority under load whose parts are killed at any instant.

Whatever is killed: exactly one side has the authority and accepts writes, one command finishes the move or gives it up,
and no acknowledged write is lost or doubled.
"""

from __future__ import annotations

from itertools import cycle, islice
from pathlib import Path

import pytest

from tests.faults.rig import Fault, running_rig, strike_repeatedly

EVERY = [Fault.COMMAND, Fault.GATEWAY, Fault.DATABASE, Fault.FOLLOWER, Fault.COMMAND, Fault.SERVICE, Fault.DATABASE]
WITHOUT_SERVER = [fault for fault in EVERY if fault is not Fault.DATABASE]


def _strike(folder: Path, faults: list[Fault], *, sqlite: bool, seed: int, workers: int = 1) -> None:
    with running_rig(folder, sqlite=sqlite, seed=seed, workers=workers) as rig:
        strike_repeatedly(rig, faults, seed)
        proof = rig.end()
    print(rig.told(), proof, sep="\n")  # noqa: T201 - shown with -rP
    assert (proof.lost, proof.doubled, proof.unexpected) == (0, 0, 0), f"{rig.told()}\n{proof}"
    assert proof.acknowledged > 0


@pytest.mark.postgres
def test_a_command_and_a_gateway_are_killed(tmp_path: Path) -> None:
    """The short form: one instant each."""
    _strike(tmp_path, [Fault.COMMAND, Fault.GATEWAY], sqlite=False, seed=3)


@pytest.mark.faults
@pytest.mark.postgres
def test_a_gateway_of_workers_loses_one_and_is_killed(tmp_path: Path) -> None:
    """Two workers under one supervisor: the promise is the same."""
    _strike(tmp_path, [Fault.WORKER, Fault.GATEWAY], sqlite=False, seed=5, workers=2)


@pytest.mark.faults
@pytest.mark.postgres
@pytest.mark.parametrize("seed", range(1, 5))
def test_on_postgresql(tmp_path: Path, seed: int) -> None:
    """Fourteen instants for each seed, every fault among them."""
    _strike(tmp_path, list(islice(cycle(EVERY), 14)), sqlite=False, seed=seed)


@pytest.mark.faults
@pytest.mark.parametrize("seed", range(1, 3))
def test_on_sqlite(tmp_path: Path, seed: int) -> None:
    """Ten instants for each seed; there is no server to restart."""
    _strike(tmp_path, list(islice(cycle(WITHOUT_SERVER), 10)), sqlite=True, seed=seed)
