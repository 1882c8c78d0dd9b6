"""A migration of tables made for one test, between two databases of PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from itertools import count

import psycopg
import pytest

from strangler.demo.postgres import PostgresServer
from strangler.project import Project
from strangler.project_reader import parse_project
from strangler_etl.migration import Migration, open_migration

OpenedPair = Callable[[str, str, str], AbstractContextManager[Migration]]
_PROJECT = """
[monolith]
database = "${SOURCE}"
[services.things]
tables = [OWNED]
database = "${TARGET}"
"""
_numbers = count(1)


@pytest.fixture
def opened_pair(postgres: PostgresServer) -> OpenedPair:
    """Open a migration between tables made by two scripts; the third text are tables of ``[etl.things.tables]``.

    The service owns all of them, which have journals and fences.
    """

    @contextmanager
    def opening(source: str, target: str, mapping: str) -> Generator[Migration]:
        number, environment = next(_numbers), dict[str, str]()
        for side, script in (("SOURCE", source), ("TARGET", target)):
            environment[side] = postgres.create_database(f"pair_{number}_{side.lower()}")
            with psycopg.connect(environment[side], autocommit=True) as connection:
                connection.execute(script.encode())
        with open_migration(_parsed(mapping), "things", environment) as migration:
            migration.install()
            yield migration

    return opening


@contextmanager
def reopened(migration: Migration, mapping: str) -> Generator[Migration]:
    """The migration with a mapping that was edited, or read again after one of the schemas has changed."""
    environment = {"SOURCE": migration.addresses.source.reveal(), "TARGET": migration.addresses.target.reveal()}
    with open_migration(_parsed(mapping), "things", environment) as again:
        yield again


def _parsed(mapping: str) -> Project:
    tables = re.findall(r"^\[etl\.things\.tables\.(\w+)\]", mapping, re.MULTILINE)
    return parse_project(_PROJECT.replace("OWNED", ", ".join(f'"{name}"' for name in tables)) + mapping)
