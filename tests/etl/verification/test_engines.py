"""Verification of any engine: what differs is told whatever the key is, also where it is there twice."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from strangler.model.progress import SilentProgress
from strangler.project_reader import parse_project
from strangler_etl.copying.backfill import backfill
from strangler_etl.migration import Migration, open_migration
from strangler_etl.refreshing.refresh import refresh
from tests.etl.copied_case import give_to_v2, tamper, verified
from tests.etl.pair import OpenedPair
from tests.mariadb import MariaDBCase

_PROJECT = """
[monolith]
database = "${SOURCE}"
[services.things]
tables = [OWNED]
database = "${TARGET}"
"""
_TABLE = """
[etl.things.tables.NAME]
target = "NAME"
columns = { k = { key = "source" }, v = "v" }
"""
Tables = dict[str, tuple[str, str, Sequence[str]]]
"""Name -> the types of the key here and there, and values of it."""


@contextmanager
def _copied(source: str, target: str, tables: Sequence[str]) -> Generator[Migration]:
    """Copy tables with a key and a value."""
    owned = ", ".join(f'"{name}"' for name in tables)
    project = _PROJECT.replace("OWNED", owned) + "".join(_TABLE.replace("NAME", name) for name in tables)
    with open_migration(parse_project(project), "things", {"SOURCE": source, "TARGET": target}) as migration:
        migration.install()
        backfill(migration, SilentProgress())
        assert verified(migration).clean
        yield migration


def _made(tables: Tables, type_: int) -> str:
    return "".join(
        f"CREATE TABLE {name} (k {one[type_]} PRIMARY KEY, v double precision);" for name, one in tables.items()
    )


def _rows(tables: Tables) -> str:
    return "".join(
        f"INSERT INTO {name} VALUES ({key}, {number});"
        for name, (*_, keys) in tables.items()
        for number, key in enumerate(keys)
    )


def _told(migration: Migration, tables: Tables, delete: Callable[[str], object]) -> list[tuple[str, list[str]]]:
    """What is told of each table when a row differs, one is gone from the target, and one from the source."""
    for name in tables:
        tamper(migration, f"UPDATE {name} SET v = 77 WHERE v = 0", f"DELETE FROM {name} WHERE v = 1")
        delete(f"DELETE FROM {name} WHERE v = 2")
    found = verified(migration).differences
    return [(name, sorted(one.kind for one in found if one.table == name)) for name in tables]


_MARIADB: Tables = {
    "digest": ("varbinary(20)", "bytea", ("x''", "x'2f7e'", "x'5c78'")),
    "moment": ("datetime(6)", "timestamp", ("'2026-01-01 00:00:00.5'", "'1969-01-01'", "'1000-01-01'")),
    "measure": ("double", "double precision", ("0.1e0", "1e22", "-1.5e0")),
    "token": ("binary(16)", "uuid", ("x'0000000000000000000000000000000a'", "repeat('b', 16)", "repeat('c', 16)")),
}


@pytest.mark.mariadb
@pytest.mark.postgres
def test_rows_of_mariadb_are_found_by_whatever_their_key_is(
    mariadb_database: MariaDBCase, postgres_database: str
) -> None:
    """The two write them alike for each other, and not as either is asked for them."""
    mariadb_database.execute(_made(_MARIADB, 0) + _rows(_MARIADB))
    with psycopg.connect(postgres_database) as connection:
        connection.execute(_made(_MARIADB, 1).encode())
    with _copied(mariadb_database.url, postgres_database, [*_MARIADB]) as migration:
        # A number and one ten times as large whose logarithms, 1.5 and 2.5, were rounded to the same.
        mariadb_database.execute("INSERT INTO measure VALUES (9, 31.622776601683795e0)")
        tamper(migration, "INSERT INTO measure VALUES (9, 316.22776601683795)")
        assert [one.key for one in verified(migration).differences] == ["9"]
        tamper(migration, "UPDATE measure SET v = 31.622776601683795 WHERE k = 9")
        every = ["different", "extra", "missing"]
        assert _told(migration, _MARIADB, mariadb_database.execute) == [(name, every) for name in _MARIADB]
        done = refresh(migration, SilentProgress())
        assert [(one.source, one.written, one.deleted) for one in done] == [(name, 2, 1) for name in _MARIADB]
        assert verified(migration).clean


_SQLITE: Tables = {
    "digest": ("BLOB(9)", "blob", ("x''", "x'2f7eff'", "x'5c78'")),
    "moment": ("datetime", "datetime", ("'2026-01-01 00:00:00.5'", "'1969-01-01'", "'2026-01-02T00:00:00'")),
    "name": ("char(9)", "char(9)", ("'a/~'", "'a'", "'a '")),
    "amount": ("decimal(9, 2)", "decimal(9, 2)", ("1.5", "-1.5", "1e30")),
}


def test_rows_of_sqlite_are_told_whatever_their_key_is(tmp_path: Path) -> None:
    """Bytes that are no text, moments, texts with what separates the parts of a key, and numbers."""
    paths = [tmp_path / f"{side}.sqlite3" for side in ("source", "target")]
    for path, rows in zip(paths, (_rows(_SQLITE), ""), strict=True):
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(_made(_SQLITE, 0) + "CREATE TABLE words (k integer PRIMARY KEY, v text);" + rows)
            if rows:
                connection.executescript("INSERT INTO words VALUES (1, '6162'), (2, 'a'), (3, NULL)")
    source, target = (f"sqlite:///{path}" for path in paths)
    with _copied(source, target, [*_SQLITE, "words"]) as migration:
        for wrong in ("x'6162'", "'6162 '", "6162"):
            tamper(migration, f"UPDATE words SET v = {wrong} WHERE k = 1")
            assert [one.key for one in verified(migration).differences] == ([] if wrong == "6162" else ["1"])

        def delete(statement: str) -> None:
            with migration.source.transaction(applying=True):
                migration.source.execute(statement)

        every = ["different", "extra", "missing"]
        assert _told(migration, _SQLITE, delete) == [(name, every) for name in _SQLITE]


@pytest.mark.postgres
def test_moments_of_sqlite_are_compared_as_postgres_keeps_them(tmp_path: Path, postgres_database: str) -> None:
    """To the digits of a second that its column has, as it rounds them."""
    path, kept = tmp_path / "source.sqlite3", {"whole": "timestamp(0)", "most": "timestamp", "clock": "time(1)"}
    with closing(sqlite3.connect(path)) as here, psycopg.connect(postgres_database, autocommit=True) as there:
        for name, type_ in kept.items():
            day = "" if name == "clock" else "2026-01-01 "
            here.execute(f"CREATE TABLE {name} (k integer PRIMARY KEY, v {type_.split('(')[0]})")
            here.execute(f"INSERT INTO {name} VALUES (1, '{day}10:00:00.6'), (2, '{day}10:00:00.1234567')")
            there.execute(f"CREATE TABLE {name} (k bigint PRIMARY KEY, v {type_})".encode())
        here.commit()
    with _copied(f"sqlite:///{path}", postgres_database, [*kept]) as migration:
        tamper(migration, *(f"UPDATE {name} SET v = v + interval '1 us' * 10 ^ 6 WHERE k = 2" for name in kept))
        assert [(one.table, one.key) for one in verified(migration).differences] == [(name, "2") for name in kept]


@pytest.mark.postgres
def test_two_rows_of_v2_for_one_of_v1_are_told(opened_pair: OpenedPair) -> None:
    """Where a number is not unique in v2, and v1 has the one or the other of them."""
    mapping = """
[etl.things.tables.item]
target = "item"
columns = { id = { key = "uuid" }, number = { key = "source" }, v = "v" }
"""
    target = "CREATE TABLE item (id uuid PRIMARY KEY, number bigint, v text)"
    with opened_pair("CREATE TABLE item (id bigint PRIMARY KEY, v text)", target, mapping) as migration:
        migration.source.execute("INSERT INTO item VALUES (1, 'one'), (2, 'two')")
        backfill(migration, SilentProgress())
        give_to_v2(migration)
        assert verified(migration).clean
        twice = "INSERT INTO item SELECT '00000000-0000-8000-8000-000000000000', number, v FROM item WHERE number = 2"
        # The row that v1 has is read after the other one, or before it.
        for again in ("UPDATE item SET v = v WHERE id <> '00000000-0000-8000-8000-000000000000'", "SELECT 1"):
            tamper(migration, twice, again)
            assert not verified(migration).clean
            tamper(migration, "DELETE FROM item WHERE id = '00000000-0000-8000-8000-000000000000'")
            assert verified(migration).clean
