"""Whatever has become of source and target, a refresh makes them equal, and writes what differs and nothing else."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from strangler.model.progress import SilentProgress
from strangler.project_reader import parse_project
from strangler_etl.copying.backfill import backfill
from strangler_etl.engine.database import Database
from strangler_etl.migration import Migration, open_migration
from strangler_etl.refreshing.refresh import refresh
from strangler_etl.run.pace import Pace
from strangler_etl.run.settings import RunSettings
from strangler_etl.values.derived_key import derived_key
from strangler_etl.verification.verification import verify

PROJECT = """
[monolith]
database = "${SOURCE}"
[services.things]
tables = ["item", "part"]
database = "${TARGET}"
[etl.things.tables.item]
target = "item"
columns = { id = { key = "source" }, label = "label" }
[etl.things.tables.part]
target = "part"
columns = { id = { key = "uuid" }, number = { key = "source" }, item_id = "item_id", code = "code" }
"""
SOURCE = """
CREATE TABLE item (id bigint PRIMARY KEY, label varchar(20));
CREATE TABLE part (id bigint PRIMARY KEY, item_id bigint NOT NULL, code varchar(20) NOT NULL);
"""
TARGET = """
CREATE TABLE item (id bigint PRIMARY KEY, label varchar(20));
CREATE TABLE part (id UUID_TYPE PRIMARY KEY, number bigint NOT NULL UNIQUE, item_id bigint NOT NULL REFERENCES item,
    code varchar(20) NOT NULL UNIQUE);
"""
PAIRS = [
    pytest.param(("postgres", "postgres"), marks=pytest.mark.postgres),
    ("sqlite", "sqlite"),
    pytest.param(("sqlite", "postgres"), marks=pytest.mark.postgres),
    pytest.param(("mariadb", "postgres"), marks=[pytest.mark.postgres, pytest.mark.mariadb]),
]


@dataclass(frozen=True, slots=True)
class Rows:
    """Labels of items, and of parts their item and code, by key."""

    items: Mapping[int, str | None]
    parts: Mapping[int, tuple[int, str]]


@st.composite
def rows(draw: st.DrawFn) -> Rows:
    """Rows that no constraint forbids."""
    items = draw(st.dictionaries(st.integers(1, 9), st.sampled_from(["a", "A", "", None]), max_size=9))
    numbers = draw(st.lists(st.integers(1, 9), unique=True)) if items else []
    codes = draw(st.permutations(["p", "q", "r", "s", "t", "u", "v", "w", "x"]))
    of = st.sampled_from(sorted(items)) if items else st.nothing()
    return Rows(items, {number: (draw(of), code) for number, code in zip(numbers, codes, strict=False)})


@pytest.fixture(params=PAIRS, ids="-".join)
def migration(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Migration]:
    """Empty tables, and a finished copy of them."""
    engines: tuple[str, str] = request.param
    environment = {
        side: _made(request, engine, tmp_path / f"{side}.sqlite3", side)
        for side, engine in zip(("SOURCE", "TARGET"), engines, strict=True)
    }
    with open_migration(parse_project(PROJECT), "things", environment) as opened:
        opened.install()
        backfill(opened, SilentProgress())
        yield opened


def _made(request: pytest.FixtureRequest, engine: str, path: Path, side: str) -> str:
    script = SOURCE if side == "SOURCE" else TARGET.replace("UUID_TYPE", "uuid" if engine == "postgres" else "text")
    if engine == "sqlite":
        connection = sqlite3.connect(path)
        connection.executescript(f"PRAGMA journal_mode = WAL; {script}")
        connection.close()
        return f"sqlite:///{path}"
    if engine == "mariadb":
        case = request.getfixturevalue("mariadb_database")
        case.execute(script)
        return case.url
    url = request.getfixturevalue("postgres").create_database(f"any_change_{path.parent.name}_{side}"[-60:].lower())
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(script.encode())
    return url


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(of_source=Rows({1: "a", 2: "a", 3: ""}, {}), of_target=Rows({1: "a", 2: "", 3: "a"}, {}), journaled=False)
@given(of_source=rows(), of_target=rows(), journaled=st.booleans())
def test_what_differs_is_written_and_nothing_else(
    migration: Migration, of_source: Rows, of_target: Rows, journaled: bool
) -> None:
    """The target had other rows altogether; a journal may know what the source's were before."""
    source, target = migration.source, migration.target
    with target.transaction(applying=True):
        _write(target, of_target, of_keys=True)
    with source.transaction(applying=not journaled):
        _write(source, of_source, of_keys=False)
    done = refresh(migration, SilentProgress(), RunSettings(Pace(3, seconds=1e-9)))
    found = verify(migration, SilentProgress())
    assert (found.clean, found.rows) == (True, len(of_source.items) + len(of_source.parts))
    if not journaled or source.journal.lacking:
        for table, here, there in zip(
            done, (of_source.items, of_source.parts), (of_target.items, of_target.parts), strict=True
        ):
            differing = {key for key, value in here.items() if key not in there or there[key] != value}
            assert (table.written, table.deleted) == (len(differing), len(there.keys() - here.keys()))
            assert table.unchanged == len(here.keys() - differing)


def _write(database: Database, wanted: Rows, *, of_keys: bool) -> None:
    mark = database.placeholder
    database.execute("DELETE FROM part")
    database.execute("DELETE FROM item")
    for key, label in wanted.items.items():
        database.execute(f"INSERT INTO item VALUES ({mark}, {mark})", [key, label])
    for key, (item, code) in wanted.parts.items():
        values = [str(derived_key("part", str(key))), key] if of_keys else [key]
        marks = ", ".join([mark] * (len(values) + 2))
        database.execute(f"INSERT INTO part VALUES ({marks})", [*values, item, code])
