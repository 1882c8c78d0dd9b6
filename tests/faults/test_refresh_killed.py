"""A refresh that is killed at random instants: the next one does the rest."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from strangler.demo.postgres import PostgresServer
from tests.etl.every_type import EveryType, every_type

_PROGRAM = """
import os
from pathlib import Path
from strangler.model.progress import SilentProgress
from strangler.project_reader import load_project
from strangler_etl.migration import open_migration
from strangler_etl.refreshing.refresh import refresh
from strangler_etl.run.pace import Pace
from strangler_etl.run.settings import RunSettings
with open_migration(load_project(Path()), "items", os.environ) as migration:
    print("begun", flush=True)
    refresh(migration, SilentProgress(), RunSettings(Pace(100, seconds=0.03)))
print("ended", flush=True)
"""


def _begun(case: EveryType) -> subprocess.Popen[str]:
    running = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM],
        cwd=case.folder,
        env={**os.environ, "SOURCE": case.source, "TARGET": case.target},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stdout is not None
    assert running.stdout.readline() == "begun\n"
    return running


def _spoil(case: EveryType) -> None:
    """Change both sides without a word to a journal: rows of every kind of difference in every range."""
    with psycopg.connect(case.target) as connection:
        connection.execute("SET LOCAL strangler.origin = 'apply'; SET CONSTRAINTS ALL DEFERRED")
        connection.execute("UPDATE item SET words = 'other' WHERE id % 3 = 0")
        connection.execute("DELETE FROM mark WHERE weight % 5 = 0")
        connection.execute("UPDATE part SET label = 'label ' || (id + 1) || '!' WHERE id % 7 = 0")
    with psycopg.connect(case.source) as connection:
        connection.execute("SET LOCAL strangler.origin = 'apply'")
        connection.execute("DELETE FROM item WHERE id % 10 = 1")


@pytest.mark.faults
@pytest.mark.postgres
def test_a_killed_refresh_goes_on(postgres: PostgresServer, tmp_path: Path) -> None:
    """Killed three times while users write: rows of every type and their children are equal in the end."""
    case, dice = every_type(postgres, tmp_path, 1_500), random.Random(9)
    out, err = case.begin().communicate(timeout=60)
    assert out == "ended\n", err
    _spoil(case)
    for _ in range(3):
        case.write(dice)
        running = _begun(case)
        try:
            running.wait(dice.uniform(0, 0.4))
        except subprocess.TimeoutExpired:
            running.kill()
        running.communicate()
    case.write(dice)
    out, err = _begun(case).communicate(timeout=60)
    assert out == "ended\n", err
    case.follow()
    assert case.checksums(case.target) == case.checksums(case.source)
