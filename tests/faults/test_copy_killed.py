"""A copy of rows of every type is killed, or cut off, dozens of times: nothing is lost, nothing is twice."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from strangler.demo.postgres import PostgresServer
from tests.etl.every_mariadb_type import every_mariadb_type
from tests.etl.every_type import every_type
from tests.etl.killing import kill_and_finish
from tests.etl.many_tables import many_tables
from tests.mariadb import MariaDBCase

pytestmark = [pytest.mark.faults, pytest.mark.postgres]


def test_nothing_is_lost_and_nothing_is_twice(postgres: PostgresServer, tmp_path: Path) -> None:
    """Ended early over fifty times at random instants, while users write: the checksums are equal in the end."""
    seen = kill_and_finish(every_type(postgres, tmp_path, 60_000), random.Random(), kills=70, seconds=0.8)
    assert seen["killed"] + seen["cut"] >= 50
    assert seen["waves left half done"] > 0


def test_nothing_of_tables_copied_side_by_side_is_lost(postgres: PostgresServer, tmp_path: Path) -> None:
    """Twelve tables that refer to each other, ended early while users write and delete: each equal in the end."""
    seen = kill_and_finish(many_tables(postgres, tmp_path, 3_000), random.Random(), kills=30, seconds=0.8)
    assert seen["killed"] + seen["cut"] >= 15
    assert seen["waves left half done"] > 0


@pytest.mark.mariadb
def test_nothing_of_mariadb_is_lost_and_nothing_is_twice(
    mariadb_database: MariaDBCase, postgres: PostgresServer, tmp_path: Path
) -> None:
    """Ended early over fifty times at random instants: the target has what was written to MariaDB, value by value."""
    case = every_mariadb_type(mariadb_database, postgres, tmp_path, 60_000)
    seen = kill_and_finish(case, random.Random(), kills=70, seconds=0.8)
    assert seen["killed"] + seen["cut"] >= 50
