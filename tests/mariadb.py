"""A MariaDB server for the whole test run, and empty databases on it."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from itertools import count

import pytest

from strangler.demo.mariadb import MariaDBServer, mariadb_server
from strangler.demo.processes import Processes

_numbers: Iterator[int] = count(1)


@dataclass(frozen=True, slots=True)
class MariaDBCase:
    """An empty database of its own for one test."""

    server: MariaDBServer
    name: str

    @property
    def url(self) -> str:
        """Its address."""
        return self.server.url(self.name)

    def execute(self, statements: str) -> str:
        """Run statements as the monolith; return what MariaDB's client prints."""
        return self.server.execute(statements, self.name)


@pytest.fixture(scope="session")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Generator[MariaDBServer]:
    """Run one server for all tests. A test that uses it is marked ``mariadb``."""
    with Processes(tmp_path_factory.mktemp("mariadb")) as processes, mariadb_server(processes) as server:
        yield server


@pytest.fixture
def mariadb_database(mariadb: MariaDBServer) -> Generator[MariaDBCase]:
    """Create an empty database for one test."""
    name = f"test_{next(_numbers)}"
    mariadb.create_database(name)
    yield MariaDBCase(mariadb, name)
    mariadb.drop_database(name)
