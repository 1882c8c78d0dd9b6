"""Foreign keys that delete or change rows by themselves reach no row that a batch says nothing of."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strangler.demo.postgres import PostgresServer
from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database
from strangler_etl.engine.database import Database, Upsert
from strangler_etl.engine.keys import Key, KeyPart
from strangler_etl.following.steps import Deletion, Writing
from strangler_etl.following.turns import do_batch

_TABLES = ("a", "b", "c")
_ID = Key((KeyPart("id", "integer"),))
_EFFECTS = st.sampled_from(["NO ACTION", "CASCADE", "SET NULL", "SET DEFAULT"])


@dataclass(frozen=True)
class _Key:
    """A foreign key of the column `column` of every table."""

    column: str
    parent: str
    referred: str
    deleted: str
    updated: str


@dataclass(frozen=True)
class _Row:
    """A row of a table with its code, and the row each of its keys refers to."""

    table: str
    number: int
    code: int
    parents: Mapping[str, int]


_State = Mapping[tuple[str, int], _Row]


@st.composite
def _keys(draw: st.DrawFn, at_once: bool) -> Mapping[str, tuple[_Key, _Key]]:
    """Two keys for every table; where a key is checked at once and does nothing, what it refers to cannot change."""

    def key(column: str) -> _Key:
        referred, updated = draw(st.sampled_from(["id", "code"])), draw(_EFFECTS)
        if at_once and updated == "NO ACTION":
            referred = "id"
        return _Key(column, draw(st.sampled_from(_TABLES)), referred, draw(_EFFECTS), updated)

    return {table: (key("p"), key("q")) for table in _TABLES}


@st.composite
def _states(draw: st.DrawFn, keys: Mapping[str, tuple[_Key, _Key]], codes: int, ranked: bool) -> _State:
    """Rows that refer to rows that are there; `ranked` ones to earlier ones only, so that there is no circle."""
    present = sorted(draw(st.sets(st.tuples(st.integers(1, 4), st.sampled_from(_TABLES)), min_size=1, max_size=9)))
    rows: dict[tuple[str, int], _Row] = {}
    for place, (number, table) in enumerate(present):
        parents: dict[str, int] = {}
        for key in keys[table]:
            others = [n for n, name in (present[:place] if ranked else present) if name == key.parent]
            chosen = draw(st.sampled_from([None, *others])) if others else None
            if chosen is not None:
                parents[key.column] = chosen
        code = number + draw(st.sampled_from([0, codes]))
        rows[table, number] = _Row(table, number, code, parents)
    return rows


@dataclass(frozen=True)
class _Case:
    keys: Mapping[str, tuple[_Key, _Key]]
    before: _State
    after: _State


@st.composite
def _cases(draw: st.DrawFn, *, ranked: bool) -> _Case:
    keys = draw(_keys(at_once=ranked))
    return _Case(keys, draw(_states(keys, 10, ranked)), draw(_states(keys, 20, ranked)))


def _values(keys: tuple[_Key, _Key], row: _Row, state: _State) -> tuple[int | None, ...]:
    def value(key: _Key) -> int | None:
        number = row.parents.get(key.column)
        if number is None:
            return None
        return number if key.referred == "id" else state[key.parent, number].code

    return (row.number, row.code, *map(value, keys))


def _make(database: Database, case: _Case, when: str) -> None:
    """Tables with two keys each and a column of their own, and notes to every row that only this side has."""
    for table, keys in case.keys.items():
        # SQLite cannot add a key, and does not mind one of a table that is not there yet.
        parts = [f"{key.column} integer {_reference(key, when)}" for key in keys]
        columns = ", ".join(parts) if database.dialect == "sqlite" else "p integer, q integer"
        database.execute(
            f"CREATE TABLE {table} (id integer PRIMARY KEY, code integer UNIQUE, {columns}, own text DEFAULT 'new')"
        )
        database.execute(
            f"CREATE TABLE note_{table} (id integer PRIMARY KEY, of_id integer REFERENCES {table} ON DELETE CASCADE)"
        )
        database.execute(f"CREATE TABLE word_{table} (note_id integer REFERENCES note_{table} ON DELETE CASCADE)")
    for table, keys in case.keys.items() if database.dialect == "postgres" else ():
        for key in keys:
            database.execute(f"ALTER TABLE {table} ADD FOREIGN KEY ({key.column}) {_reference(key, when)}")
    with database.transaction(applying=True):
        for (table, number), row in case.before.items():
            values = (*_values(case.keys[table], row, case.before), "kept")
            database.put(table, ["id"], ["id", "code", "p", "q", "own"], [values])
            database.put(f"note_{table}", ["id"], ["id", "of_id"], [(number, number)])
            database.put(f"word_{table}", [], ["note_id"], [(number,)])


def _reference(key: _Key, when: str) -> str:
    return f"REFERENCES {key.parent} ({key.referred}) ON DELETE {key.deleted} ON UPDATE {key.updated} {when}"


def _batch(case: _Case) -> tuple[list[Deletion], list[Writing]]:
    """What has changed, as a journal says it."""
    deletions: list[Deletion] = []
    writings: list[Writing] = []
    for table, keys in case.keys.items():
        before, after = (_contents(state, table, keys) for state in (case.before, case.after))
        deletions.append(Deletion(table, _ID, [str(number) for number in before if number not in after]))
        rows = [row for number, row in after.items() if before.get(number) != row]
        writings.append(Writing(Upsert(table, ("id",), ("id", "code", "p", "q"), rows)))
    return deletions, writings


def _contents(state: _State, table: str, keys: tuple[_Key, _Key]) -> Mapping[int, tuple[int | None, ...]]:
    return {number: _values(keys, row, state) for (name, number), row in sorted(state.items()) if name == table}


def _check(database: Database, case: _Case, when: str) -> None:
    """Apply the batch, and compare everything with what is to come of it."""
    _make(database, case, when)
    with database.transaction(applying=True):
        do_batch(database, *_batch(case))
    for table, keys in case.keys.items():
        before, after = (_contents(state, table, keys) for state in (case.before, case.after))
        rows = [(*row, "kept" if number in before else "new") for number, row in after.items()]
        assert database.rows(f"SELECT id, code, p, q, own FROM {table} ORDER BY id") == rows
        stayed = [(number, number) for number in before if number in after]
        assert database.rows(f"SELECT * FROM note_{table} ORDER BY id") == stayed
        assert database.rows(f"SELECT note_id, note_id FROM word_{table} ORDER BY 1") == stayed


@given(case=_cases(ranked=False))
@settings(max_examples=40)
def test_a_batch_does_what_it_says_and_nothing_else_in_sqlite(case: _Case) -> None:
    """Whatever keys do, to whatever rows: circles and rows of their own table among them."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "there.sqlite3")
        path.touch()
        with open_database(DatabaseUrl(f"sqlite:///{path}")) as database:
            database.install()
            _check(database, case, "")


@pytest.fixture
def one_postgres(postgres: PostgresServer) -> Generator[Database]:
    """A database for every case of a test."""
    url = postgres.create_database("bystanders")
    with open_database(DatabaseUrl(url)) as database:
        database.install()
        yield database


@contextmanager
def _undone(database: Database) -> Generator[None]:
    for kind in ("word", "note"):
        for table in _TABLES:
            database.execute(f"DROP TABLE IF EXISTS {kind}_{table}")
    database.execute("DROP TABLE IF EXISTS a, b, c CASCADE")
    yield


@pytest.mark.postgres
@given(case=_cases(ranked=False))
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_batch_does_what_it_says_and_nothing_else(one_postgres: Database, case: _Case) -> None:
    """Where keys are checked at commit."""
    with _undone(one_postgres):
        _check(one_postgres, case, "DEFERRABLE")


@pytest.mark.postgres
@given(case=_cases(ranked=True))
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_batch_does_so_where_keys_are_checked_at_once(one_postgres: Database, case: _Case) -> None:
    """As long as no rows refer to each other in a circle."""
    with _undone(one_postgres):
        _check(one_postgres, case, "")
