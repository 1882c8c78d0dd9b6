"""A PostgreSQL server for the whole test run, and empty databases on it."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from itertools import count

import pytest

from strangler.demo.postgres import FORGETFUL, PostgresServer, postgres_server
from strangler.demo.processes import Processes

_numbers: Iterator[int] = count(1)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Generator[PostgresServer]:
    """Run one server for all tests, without fsync. Tests that stop a server start one of their own."""
    with Processes(tmp_path_factory.mktemp("postgres")) as processes, postgres_server(processes, FORGETFUL) as server:
        yield server


@pytest.fixture
def postgres_database(postgres: PostgresServer) -> Generator[str]:
    """Create an empty database for one test; the value is its URL. The test is marked ``postgres``."""
    name = f"test_{next(_numbers)}"
    yield postgres.create_database(name)
    postgres.drop_database(name)
