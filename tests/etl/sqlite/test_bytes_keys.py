"""Rows of SQLite that are known by bytes are followed, verified and taken back by them."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from strangler.model.progress import SilentProgress
from strangler.project_reader import parse_project
from strangler_etl.copying.backfill import backfill
from strangler_etl.errors import BackfillError
from strangler_etl.following.follower import apply_backward, apply_forward
from strangler_etl.migration import Migration, open_migration
from strangler_etl.sqlite.bytes_keys import key_of, text_of, text_sql
from tests.etl.copied_case import give_to_v2, verified

_PROJECT = """
[monolith]
database = "${SOURCE}"
[services.things]
tables = ["file", "line"]
database = "${TARGET}"
[etl.things.tables.file]
columns = { digest = "digest", size = "size" }
[etl.things.tables.line]
columns = { id = { key = "uuid" }, digest = { key = "source" }, file = "file", said = "said" }
"""
_SOURCE = """
CREATE TABLE file (digest blob PRIMARY KEY NOT NULL, size integer);
CREATE TABLE line (digest blob PRIMARY KEY NOT NULL, file blob REFERENCES file, said text);
INSERT INTO file VALUES (x'', 0), (x'ff00', 1), (x'2f7e', 2), (x'5c78', 3), ('a text', 4);
INSERT INTO line SELECT digest, digest, 'line ' || size FROM file;
"""
_TARGET = """
CREATE TABLE file (digest blob PRIMARY KEY NOT NULL, size integer);
CREATE TABLE line (digest blob NOT NULL UNIQUE, id char(36) PRIMARY KEY NOT NULL, file blob REFERENCES file, said text);
"""


@contextmanager
def _opened(tmp_path: Path, further: str = "", target: str | None = None) -> Generator[Migration]:
    addresses = {side: f"sqlite:///{tmp_path / side}.sqlite3" for side in ("SOURCE", "TARGET")}
    for side, script in (("SOURCE", _SOURCE + further), ("TARGET", _TARGET)):
        with closing(sqlite3.connect(tmp_path / f"{side}.sqlite3")) as connection:
            connection.executescript(script)
    addresses["TARGET"] = target or addresses["TARGET"]
    with open_migration(parse_project(_PROJECT), "things", addresses) as migration:
        migration.install()
        yield migration


def test_they_are_followed_there_and_back(tmp_path: Path) -> None:
    """Rows that change, come and go are found, whatever the bytes, beside keys of their own as well."""
    changes = (
        "UPDATE file SET size = 10 WHERE digest = x'ff00'",
        "UPDATE line SET said = 'newer' WHERE digest = x''",
        "DELETE FROM line WHERE digest = x'5c78'",
        "DELETE FROM file WHERE digest = x'5c78'",
        "INSERT INTO file VALUES (x'fe', 7)",
    )
    with _opened(tmp_path) as migration:
        source, target, mapping = migration.source, migration.target, migration.mapping
        backfill(migration, SilentProgress())
        assert verified(migration).clean
        for change in changes:
            source.execute(change)
        apply_forward(source, target, mapping)
        assert verified(migration).clean
        rows = [(b"", 0), (b"/~", 2), (b"\xfe", 7), (b"\xff\x00", 10), ("a text", 4)]
        assert sorted(target.rows("SELECT digest, size FROM file"), key=str) == sorted(rows, key=str)
        give_to_v2(migration)
        target.execute("DELETE FROM file WHERE digest = x'fe'")
        target.execute("UPDATE line SET said = 'of v2' WHERE digest = x'ff00'")
        apply_backward(source, target, mapping)
        found = verified(migration)
        assert (found.clean, sum(table.rows for table in found.tables)) == (True, 8)
        assert source.rows("SELECT said FROM line WHERE digest = x'ff00'") == [("of v2",)]


@pytest.mark.postgres
def test_they_are_followed_to_postgres_and_back(tmp_path: Path, postgres_database: str) -> None:
    """The text of a key is that of PostgreSQL; a text in such a column would come back as bytes."""
    with psycopg.connect(postgres_database, autocommit=True) as connection:
        connection.execute(_TARGET.replace("blob", "bytea").replace("char(36)", "uuid").encode())
    with _opened(tmp_path, target=postgres_database) as migration:
        source, target, mapping = migration.source, migration.target, migration.mapping
        with pytest.raises(BackfillError, match="rows of file have a digest without an exact text"):
            backfill(migration, SilentProgress())
        source.execute("DELETE FROM line WHERE digest = 'a text'")
        source.execute("DELETE FROM file WHERE digest = 'a text'")
        backfill(migration, SilentProgress())
        source.execute("UPDATE line SET said = 'newer' WHERE digest = x'ff00'")
        source.execute("DELETE FROM line WHERE digest = x''")
        apply_forward(source, target, mapping)
        assert verified(migration).clean
        give_to_v2(migration)
        target.execute("DELETE FROM line WHERE digest = '\\x5c78'")
        target.execute("INSERT INTO file VALUES ('\\xfe', 7)")
        apply_backward(source, target, mapping)
        found = verified(migration)
        assert found.differences == ()
        assert (found.clean, sum(table.rows for table in found.tables)) == (True, 7)
        assert source.rows("SELECT digest FROM file WHERE size = 7") == [(b"\xfe",)]


@pytest.mark.parametrize("key", ["7", "'\\x00'"])
def test_what_would_be_taken_for_another_key_is_refused(tmp_path: Path, key: str) -> None:
    """A number among bytes, and a text that says what bytes would say."""
    with (
        _opened(tmp_path, f"INSERT INTO file VALUES ({key}, 9);") as migration,
        pytest.raises(BackfillError, match="rows of file have a digest without an exact text"),
    ):
        backfill(migration, SilentProgress())


@given(st.binary(max_size=40))
@example(b"\\x00")
def test_a_key_has_one_text_and_comes_back_from_it(key: bytes) -> None:
    """The database writes it as Python does."""
    with closing(sqlite3.connect(":memory:")) as connection:
        assert connection.execute(f"SELECT {text_sql('given')} FROM (SELECT ? AS given)", [key]).fetchone() == (
            text_of(key),
        )
    assert key_of(text_of(key)) == key
