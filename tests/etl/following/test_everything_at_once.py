"""Copying that is cut off, following, refreshing, mending and pruning in any order, while v1 is written to.

What v2 and the rows that were set aside have to be is computed here, from what lies in v1.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strangler.model.errors import StranglerError
from strangler.model.progress import SilentProgress
from strangler_etl.copying.backfill import backfill
from strangler_etl.errors import VerificationError
from strangler_etl.following.follower import apply_forward
from strangler_etl.following.pruning import prune
from strangler_etl.migration import Migration
from strangler_etl.records.checkpoint import read_checkpoints
from strangler_etl.refreshing.refresh import refresh
from strangler_etl.run.completeness import require_complete, taken_away
from strangler_etl.run.pace import Pace
from strangler_etl.run.rejects import rejected_keys
from strangler_etl.run.settings import RunSettings
from strangler_etl.verification.repair import repair
from tests.etl.copied_case import key_of, tamper, verified
from tests.etl.cutting import CutOffError, cut_off
from tests.etl.parts_case import OpenedParts

_CASCADE = "ON DELETE CASCADE ON UPDATE CASCADE"
TABLES = (
    "CREATE TABLE city (id integer PRIMARY KEY, name varchar(20))",
    (
        f"CREATE TABLE users (id integer PRIMARY KEY, city_id integer REFERENCES city {_CASCADE},"
        " name varchar(20), bio varchar(20))"
    ),
    (
        f"CREATE TABLE visit (id integer PRIMARY KEY, user_id integer NOT NULL REFERENCES users {_CASCADE},"
        " note varchar(20) NOT NULL)"
    ),
    # The names of city 3 and of user 4 do not fit v2, and what refers to them has nothing to refer to.
    "INSERT INTO city VALUES (1, 'Rome'), (2, 'Oslo'), (3, NULL)",
    (
        "INSERT INTO users VALUES (1, 1, 'Ann', 'sings'), (2, 2, 'Bob', NULL), (3, 3, 'Cid', 'dives'),"
        " (4, 1, NULL, NULL), (5, NULL, 'Eve', 'runs')"
    ),
    "INSERT INTO visit VALUES (1, 1, 'a'), (2, 2, 'b'), (3, 3, 'c'), (4, 4, 'd'), (5, 5, 'e'), (6, 1, 'f')",
)
TARGET = (
    "CREATE TABLE place (id {uuid} PRIMARY KEY, number integer NOT NULL, name varchar(20) NOT NULL)",
    (
        "CREATE TABLE account (id {uuid} PRIMARY KEY, number integer NOT NULL, place_id {uuid} REFERENCES place,"
        " name varchar(20) NOT NULL)"
    ),
    "CREATE TABLE profile (id {uuid} PRIMARY KEY REFERENCES account, bio varchar(20))",
    (
        "CREATE TABLE stay (id {uuid} PRIMARY KEY, number integer NOT NULL,"
        " account_id {uuid} NOT NULL REFERENCES account, note varchar(20) NOT NULL)"
    ),
)
MAPPING = """
tables = ["city", "users", "visit"]
[etl.people.tables.city]
target = "place"
columns = { id = { key = "uuid" }, number = { key = "source" }, name = "name" }
[etl.people.tables.users]
target = "account"
columns = { id = { key = "uuid" }, number = { key = "source" }, \
place_id = { key = "uuid", of = "city", from = "city_id" }, name = "name" }
[etl.people.tables.profile]
source = "users"
columns = { id = { key = "uuid" }, bio = "bio" }
[etl.people.tables.visit]
target = "stay"
columns = { id = { key = "uuid" }, number = { key = "source" }, \
account_id = { key = "uuid", of = "users", from = "user_id" }, note = "note" }
"""
NAMES = {"city": "place", "users": "account", "profile": "profile", "visit": "stay"}
_Rows = Mapping[str, set[tuple[object, ...]]]

WRITES = ("city", "user", "visit", "name", "-city", "-user", "-visit", "move city", "move user", "fit", "truncate")
STEPS = ("copy", "copy", "follow", "part", "part", "refresh", "mend", "prune")
ACTIONS = st.lists(
    st.tuples(st.sampled_from(WRITES + STEPS), st.integers(1, 9), st.integers(0, 120)), min_size=6, max_size=18
)
_ENGINES = (
    pytest.param("sqlite sqlite", "text", 4),
    pytest.param("postgres postgres", "uuid", 2, marks=pytest.mark.postgres),
    pytest.param("sqlite sqlite", "text", 100, marks=pytest.mark.faults),
    pytest.param("postgres postgres", "uuid", 25, marks=[pytest.mark.postgres, pytest.mark.faults]),
)


def _ints(migration: Migration, statement: str) -> list[int]:
    return sorted(int(str(row[0])) for row in migration.source.rows(statement))


def _write(migration: Migration, action: str, number: int, text: str) -> None:
    """Change v1: rows may come to refer to one that does not fit, but no further row, nor key, does not fit."""
    source = migration.source
    cities = _ints(migration, "SELECT id FROM city")
    users = _ints(migration, "SELECT id FROM users")
    at, of = cities[number % len(cities)] if cities else "NULL", users[number % len(users)] if users else None
    free = 10 + max((0, *_ints(migration, "SELECT id FROM city"), *_ints(migration, "SELECT id FROM users")))
    match action:
        case "city":
            put = f"INSERT INTO city VALUES ({free}, '{text}')"
        case "user":
            put = f"INSERT INTO users VALUES ({free}, {at}, '{text}', '{text}')"
        case "visit":
            ids = _ints(migration, "SELECT id FROM visit")
            put = f"INSERT INTO visit VALUES ({max((0, *ids)) + number}, {of}, '{text}')" if of else "SELECT 1"
        case "name":
            put = f"UPDATE users SET bio = '{text}', city_id = {at} WHERE id = {of or 0}"
        case "-city" | "-user" | "-visit":
            table = {"-city": "city", "-user": "users", "-visit": "visit"}[action]
            put = f"DELETE FROM {table} WHERE id = {number}"
        case "move city":
            put = f"UPDATE city SET id = {free} WHERE id = {at} AND name IS NOT NULL"
        case "move user":
            put = f"UPDATE users SET id = {free} WHERE id = {of or 0} AND name IS NOT NULL"
        case "fit":
            table = "city" if number % 2 else "users"
            put = f"UPDATE {table} SET name = '{text}' WHERE name IS NULL"
        case _:
            put = "TRUNCATE visit" if source.dialect == "postgres" else "DELETE FROM visit"
    source.execute(put)


def _copy(migration: Migration, chunks: int | None = None) -> None:
    ticks = iter(range(1_000_000))
    pace = Pace(2) if chunks is None else Pace(2, most_chunks=chunks)
    backfill(migration, SilentProgress(), RunSettings(pace, 1, lambda: next(ticks)))


def _follow(migration: Migration) -> None:
    """As the command does, which refuses to before everything is copied."""
    require_complete(migration.target, migration.mapping)
    while apply_forward(migration.source, migration.target, migration.mapping, most=5).more:
        pass


def _step(migration: Migration, action: str, number: int, statement: int) -> None:
    """One step of the tool; a copy, and a batch that is a part, are cut off before a statement of one of the sides."""
    match action:
        case "copy":
            with pytest.MonkeyPatch.context() as patch, suppress(CutOffError):
                cut_off(migration.target if number % 3 else migration.source, statement, patch)
                _copy(migration, number if statement < 9_999 else None)
        case "follow":
            _follow(migration)
        case "part":
            require_complete(migration.target, migration.mapping)
            with pytest.MonkeyPatch.context() as patch, suppress(CutOffError):
                cut_off(migration.target, statement, patch)
                apply_forward(migration.source, migration.target, migration.mapping, most=1 + number % 3)
        case "refresh":
            refresh(migration, SilentProgress())
        case "mend":
            require_complete(migration.target, migration.mapping)
            tamper(migration, "UPDATE profile SET bio = 'tampered'", "DELETE FROM stay WHERE number = 1")
            repair(migration, verified(migration).differences)
        case _:
            verified(migration)
            with suppress(VerificationError):
                prune(migration, ())


def _finished(migration: Migration) -> bool:
    found = read_checkpoints(migration.target, "people").values()
    rows = len(found) == len(NAMES) and all(one.finished for one in found)
    return rows and taken_away(migration.target, "people") is None


def _expected(migration: Migration) -> tuple[_Rows, Mapping[str, frozenset[str]]]:
    """The rows of v2, and the keys that have to be set aside, by mapped table."""
    rows: dict[str, set[tuple[object, ...]]] = {name: set() for name in NAMES}
    aside: dict[str, set[str]] = {name: set() for name in NAMES}

    def put(table: str, number: int, fits: bool, *row: object) -> None:
        if fits:
            rows[table].add((key_of(number, "users" if table == "profile" else table), *row))
        else:
            aside[table].add(str(number))

    places, accounts = {None}, set[object]()
    for number, name in migration.source.rows("SELECT id, name FROM city"):
        put("city", int(str(number)), name is not None, number, name)
        places |= {number} if name is not None else set()
    for number, city, name, bio in migration.source.rows("SELECT id, city_id, name, bio FROM users"):
        fits = name is not None and city in places
        place = key_of(int(str(city)), "city") if city is not None else None
        put("users", int(str(number)), fits, number, place, name)
        put("profile", int(str(number)), fits, bio)
        accounts |= {number} if fits else set()
    for number, user, note in migration.source.rows("SELECT id, user_id, note FROM visit"):
        put("visit", int(str(number)), user in accounts, number, key_of(int(str(user)), "users"), note)
    return rows, {table: frozenset(keys) for table, keys in aside.items() if keys}


def _found(migration: Migration) -> _Rows:
    def value(one: object) -> object:
        return one if one is None or isinstance(one, int) else str(one)

    columns = {
        "city": "id, number, name",
        "users": "id, number, place_id, name",
        "profile": "id, bio",
        "visit": "id, number, account_id, note",
    }
    return {
        name: {tuple(map(value, row)) for row in migration.target.rows(f"SELECT {columns[name]} FROM {table}")}
        for name, table in NAMES.items()
    }


def _foreign_keys(migration: Migration) -> int:
    if migration.target.dialect == "sqlite":
        counted = "SELECT count(*) FROM sqlite_master AS t, pragma_foreign_key_list(t.name) WHERE t.name IN"
    else:
        counted = (
            "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated AND conrelid::regclass::text IN"
        )
    found = migration.target.rows(f"{counted} ('place', 'account', 'profile', 'stay')")
    return int(str(found[0][0]))


@pytest.mark.parametrize(("opened_parts", "uuid", "examples"), _ENGINES, indirect=["opened_parts"])
def test_v2_is_v1_through_the_mapping(opened_parts: OpenedParts, uuid: str, examples: int) -> None:
    """Whatever was done in whatever order: rows, rows set aside, checkpoints and foreign keys are those of v1."""

    @settings(max_examples=examples)
    @given(before=ACTIONS, after=ACTIONS)
    def run(before: list[tuple[str, int, int]], after: list[tuple[str, int, int]]) -> None:
        target = [statement.format(uuid=uuid) for statement in TARGET]
        with opened_parts(TABLES, MAPPING, target) as migration:
            for position, (action, number, statement) in enumerate([*before, ("copy", 9, 9_999), *after]):
                if action in WRITES:
                    _write(migration, action, number, f"text {position}")
                elif action == "copy" or _finished(migration):
                    _step(migration, action, number, statement)
                else:
                    # Before the end of the copy it may be refused, and must do no harm.
                    with suppress(StranglerError):
                        _step(migration, action, number, statement)
            _copy(migration)
            _follow(migration)
            _copy(migration)
            rows, aside = _expected(migration)
            assert _found(migration) == rows
            assert rejected_keys(migration.target, "people") == aside
            verification = verified(migration)
            assert verification.differing == 0
            assert verification.clean is not bool(aside)
            assert all(one.finished for one in read_checkpoints(migration.target, "people").values())
            assert _foreign_keys(migration) == 3

    run()
