"""The derived key is the same everywhere it is computed."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database
from strangler_etl.values.derived_key import derived_key

VECTORS = (
    ("reviews_review", "1"),
    ("reviews_review", "9223372036854775807"),
    ("t", ""),
    ("Tabelle 'ü'", "schlüssel:\u00e4\U0001f600 \\ %"),
)


@given(st.text(), st.text())
def test_it_is_a_version_8_uuid(table: str, key: str) -> None:
    """RFC 9562: version 8, variant 10; the same for the same row."""
    found = derived_key(table, key)
    assert (found.version, found.variant) == (8, "specified in RFC 4122")
    assert found == derived_key(table, key)


def test_it_never_changes() -> None:
    """Keys are stored in other people's databases."""
    assert str(derived_key("reviews_review", "1")) == "2175d1f3-dd23-806f-b11c-3713079e0343"


@pytest.mark.parametrize(("table", "key"), VECTORS)
def test_sqlite_agrees(tmp_path: Path, table: str, key: str) -> None:
    """The registered function."""
    sqlite3.connect(tmp_path / "any.sqlite3").close()
    (tmp_path / "any.sqlite3").touch()
    with open_database(DatabaseUrl(f"sqlite:///{tmp_path / 'any.sqlite3'}")) as database:
        expression = database.derived_key(table, "?")
        assert database.rows(f"SELECT {expression}", [key]) == [(str(derived_key(table, key)),)]


@pytest.mark.postgres
@pytest.mark.parametrize(("table", "key"), VECTORS)
def test_postgres_agrees(postgres_database: str, table: str, key: str) -> None:
    """Plain SQL, without an extension."""
    with open_database(DatabaseUrl(postgres_database)) as database:
        database.install()
        expression = database.derived_key(database.escaped(table), "%s")
        assert database.rows(f"SELECT {expression}", [key]) == [(derived_key(table, key),)]
