"""A copy of rows of every type that is killed a few times; tests/faults has the long form."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from strangler.demo.postgres import PostgresServer
from tests.etl.every_mariadb_type import every_mariadb_type
from tests.etl.every_type import every_type
from tests.etl.killing import kill_and_finish
from tests.mariadb import MariaDBCase


@pytest.mark.postgres
def test_a_killed_copy_goes_on(postgres: PostgresServer, tmp_path: Path) -> None:
    """Killed three times, with writes between: both sides are equal in the end."""
    kill_and_finish(every_type(postgres, tmp_path, 4_000), random.Random(6), kills=3, seconds=0.4)


@pytest.mark.mariadb
@pytest.mark.postgres
def test_a_killed_copy_from_mariadb_goes_on(
    mariadb_database: MariaDBCase, postgres: PostgresServer, tmp_path: Path
) -> None:
    """Killed three times: the target has the rows that were written to MariaDB, value by value."""
    case = every_mariadb_type(mariadb_database, postgres, tmp_path, 4_000)
    kill_and_finish(case, random.Random(8), kills=3, seconds=0.4)


@pytest.mark.postgres
def test_values_of_every_type_are_followed_as_they_are(postgres: PostgresServer, tmp_path: Path) -> None:
    """Months of an interval, JSON's null, types without an equality: a row that changed arrives as one copied."""
    case = every_type(postgres, tmp_path, 300)
    kill_and_finish(case, random.Random(7), kills=0, seconds=0)
    case.change_everything()
    case.follow()
    assert case.checksums(case.target) == case.checksums(case.source)
