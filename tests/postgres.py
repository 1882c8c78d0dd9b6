"""A PostgreSQL server for the whole test run, and empty databases on it."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from itertools import count

import pytest

from strangler.demo.postgres import FORGETFUL, PostgresServer, postgres_server
from strangler.demo.processes import Processes

_numbers: Iterator[int] = count(1)


@pytest.fixture(scope="session")
def running_postgres(tmp_path_factory: pytest.TempPathFactory) -> Generator[PostgresServer]:
    """Run one server for all tests, without fsync. Tests that stop a server start one of their own."""
    with Processes(tmp_path_factory.mktemp("postgres")) as processes, postgres_server(processes, FORGETFUL) as server:
        yield server


@pytest.fixture
def postgres(running_postgres: PostgresServer) -> Generator[PostgresServer]:
    """The server, without the databases of other tests."""
    yield running_postgres
    running_postgres.drop_databases()


@pytest.fixture
def postgres_database(postgres: PostgresServer) -> str:
    """Create an empty database for one test; the value is its URL. The test is marked ``postgres``."""
    return postgres.create_database(f"test_{next(_numbers)}")
