"""Blocks of rows, read over a connection that never outlives its reader."""

from __future__ import annotations

import asyncio
import gc
import warnings
from dataclasses import replace

import psycopg
import pytest

from strangler_etl.errors import DatabaseError
from strangler_etl.postgres import definitions
from strangler_etl.postgres.block_reader import BlockReader
from strangler_etl.postgres.login import Login, login_of

pytestmark = pytest.mark.postgres


@pytest.fixture
def login(postgres_database: str) -> Login:
    """How to connect to a database of the test's own."""
    with psycopg.connect(postgres_database) as connection:
        return login_of(connection)


def _left_open(login: Login) -> list[str]:
    """What is left open by a reader that cannot be made, as Python finds it."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always", ResourceWarning)
        with pytest.raises(DatabaseError):
            BlockReader(login, "source")
        asyncio.set_event_loop(None)  # asyncio keeps the one that was set last.
        gc.collect()
    return [str(one.message) for one in found]


def test_a_server_that_is_not_there_leaves_nothing_open(login: Login) -> None:
    """The event loop that was to talk to it is closed."""
    assert _left_open(replace(login, port=1)) == []


def test_a_session_that_cannot_be_set_up_leaves_nothing_open(login: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection that was made for it is closed, too."""
    monkeypatch.setattr(definitions, "SESSION", "SELECT 1 / 0")
    assert _left_open(login) == []


def test_a_server_that_ends_the_session_leaves_nothing_open(login: Login, postgres_database: str) -> None:
    """Closing does not fail for a connection that is gone."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always", ResourceWarning)
        with BlockReader(login, "source"), psycopg.connect(postgres_database, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        gc.collect()
    assert [str(one.message) for one in found] == []
