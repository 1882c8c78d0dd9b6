"""Rows take over each other's unique values, and are not tried again and again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import pytest

from strangler.demo.postgres import PostgresServer
from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database
from strangler_etl.engine.database import Upsert
from strangler_etl.engine.session import Row
from strangler_etl.errors import DuplicateRowError
from strangler_etl.sqlite.database import SQLiteDatabase

_ROWS = 300


@pytest.mark.parametrize("by", [1, -1], ids=["up", "down"])
def test_a_shift_of_all_unique_values_takes_two_tries_for_each_row(
    tmp_path: Path, by: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each row takes the value of the next one, which has to leave it before."""
    path = tmp_path / "there.sqlite3"
    path.touch()
    tries: list[int] = []
    put = SQLiteDatabase.put

    def counted(
        database: SQLiteDatabase,
        table: str,
        key: Sequence[str],
        columns: Sequence[str],
        rows: Sequence[Row],
        *,
        initial: Collection[str],
    ) -> int:
        tries.append(len(rows))
        return put(database, table, key, columns, rows, initial=initial)

    with open_database(DatabaseUrl(f"sqlite:///{path}")) as database:
        database.execute("CREATE TABLE line (id integer PRIMARY KEY, place integer UNIQUE)")
        database.execute("CREATE TABLE mark (line_id integer REFERENCES line)")
        places = [(number, number) for number in range(1, _ROWS + 1)]
        with database.transaction():
            database.upsert(Upsert("line", ("id",), ("id", "place"), places))
        shifted = [(number, place + by) for number, place in places]
        monkeypatch.setattr(SQLiteDatabase, "put", counted)
        with database.transaction():
            assert database.upsert(Upsert("line", ("id",), ("id", "place"), shifted)) == _ROWS
        assert database.rows("SELECT * FROM line ORDER BY id") == shifted
    assert len(tries) <= 2 * _ROWS + 1


_SEAT = """
CREATE TABLE seat (id integer PRIMARY KEY, place integer NOT NULL UNIQUE, name varchar(4) NOT NULL UNIQUE,
                   mail text UNIQUE, kept text DEFAULT 'own')
"""


def test_what_is_referred_to_changes_hands_in_a_circle(tmp_path: Path) -> None:
    """No row is away meanwhile, and what the rows say nothing of stays; a value that is there twice is refused."""
    path = tmp_path / "there.sqlite3"
    path.touch()
    with open_database(DatabaseUrl(f"sqlite:///{path}")) as database:
        database.execute(_SEAT)
        database.execute("CREATE TABLE mark (seat_id integer REFERENCES seat ON DELETE CASCADE)")
        columns = ("id", "place", "name", "mail")
        seats: list[Row] = [(number, number, f"n{number}", f"m{number}") for number in range(1, 6)]
        with database.transaction():
            database.upsert(Upsert("seat", ("id",), columns, seats))
            database.execute("UPDATE seat SET kept = 'kept'")
            database.execute("INSERT INTO mark SELECT id FROM seat")
        turned: list[Row] = [(number, *seats[number % 5][1:]) for number in range(1, 6)]
        with database.transaction():
            assert database.upsert(Upsert("seat", ("id",), columns, turned)) == 5
        assert database.rows("SELECT id, place, name, mail FROM seat ORDER BY id") == turned
        assert database.rows("SELECT count(*), min(kept) FROM seat, mark WHERE seat_id = id") == [(5, "kept")]
        twice: list[Row] = [(1, *turned[1][1:]), (2, *turned[1][1:])]
        with pytest.raises(DuplicateRowError, match="change or delete the wrong one"), database.transaction():
            database.upsert(Upsert("seat", ("id",), columns, twice))
        assert database.rows("SELECT id, place, name, mail FROM seat ORDER BY id") == turned


@pytest.mark.parametrize("engine", [pytest.param("postgres", marks=pytest.mark.postgres), "sqlite"])
def test_numbers_change_hands_where_rows_are_at_both_ends(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """There is none below the least, and none above the most: one between is free."""
    url = f"sqlite:///{tmp_path / 'there.sqlite3'}"
    if engine == "sqlite":
        (tmp_path / "there.sqlite3").touch()
    else:
        url = request.getfixturevalue("postgres_database")
    with open_database(DatabaseUrl(url)) as database:
        database.execute("CREATE TABLE line (id integer PRIMARY KEY, place bigint NOT NULL UNIQUE)")
        database.execute("CREATE TABLE mark (line_id integer REFERENCES line)")
        places = [-(1 << 63), (1 << 63) - 1, 0, 5, 6]
        database.execute(f"INSERT INTO line VALUES {', '.join(map(str, enumerate(places)))}")
        database.execute("INSERT INTO mark SELECT id FROM line")
        with database.transaction():
            assert database.upsert(Upsert("line", ("id",), ("id", "place"), [(3, 6), (4, 5)])) == 2
        assert database.rows("SELECT place FROM line ORDER BY id") == [(place,) for place in (*places[:3], 6, 5)]


@pytest.mark.postgres
def test_any_index_that_keeps_rows_apart_lets_values_change_hands(postgres: PostgresServer) -> None:
    """Of every type, over expressions, and where it excludes what only overlaps."""
    url = postgres.create_database("seats")
    with open_database(DatabaseUrl(url)) as database:
        database.execute(
            "CREATE TABLE seat (id integer PRIMARY KEY, number numeric NOT NULL UNIQUE, name varchar(4) NOT NULL,"
            " uid uuid NOT NULL UNIQUE, day date NOT NULL UNIQUE, mail text UNIQUE,"
            " taken int4range NOT NULL, EXCLUDE USING gist (taken WITH &&));"
            "CREATE UNIQUE INDEX ON seat (lower(name)); CREATE TABLE mark (seat_id integer REFERENCES seat);"
            "INSERT INTO seat SELECT n, n, 'n' || n, md5(n::text)::uuid, date '2026-01-01' + n, 'm' || n,"
            " int4range(n, n + 1) FROM generate_series(1, 3) n;"
            "INSERT INTO mark VALUES (1), (2), (3)"
        )
        seats = database.carried("SELECT * FROM seat ORDER BY id")
        turned = [(row[0], *seats[place - 2][1:]) for place, row in enumerate(seats)]
        columns = ("id", "number", "name", "uid", "day", "mail", "taken")
        with database.transaction():
            assert database.upsert(Upsert("seat", ("id",), columns, turned)) == 3
        assert database.carried("SELECT * FROM seat ORDER BY id") == turned


_SHELF = """
CREATE TABLE shelf (id integer PRIMARY KEY, name text NOT NULL, gone date, owner text DEFAULT 'nobody',
    low smallint NOT NULL UNIQUE, rank bigint, at time NOT NULL UNIQUE, host inet NOT NULL UNIQUE,
    parts integer[] NOT NULL UNIQUE, code char(2) NOT NULL UNIQUE CHECK (code < 'x'), UNIQUE (owner, name),
    UNIQUE NULLS NOT DISTINCT (rank));
CREATE UNIQUE INDEX ON shelf (name) WHERE gone IS NULL;
CREATE TABLE mark (shelf_id integer REFERENCES shelf);
INSERT INTO shelf SELECT n, 'n' || n, NULL, 'owner', n - 32769, n, make_time(n, 0, 0), '10.0.0.0'::inet + n, ARRAY[n],
    'c' || n FROM generate_series(1, 4) n;
INSERT INTO mark SELECT id FROM shelf;
"""


@pytest.mark.postgres
def test_values_change_hands_whatever_the_index_asks(postgres: PostgresServer) -> None:
    """Rows that are alive alone, one row without a value, limits of a type; what rows say once only stays as it is."""
    url = postgres.create_database("shelves")
    with open_database(DatabaseUrl(url)) as database:
        database.execute(_SHELF)
        columns = ("id", "name", "gone", "owner", "low", "rank", "at", "host", "parts", "code")
        shelves = database.carried("SELECT * FROM shelf ORDER BY id")
        swapped = [
            (row[0], *other[1:3], "new", *other[4:])
            for row, other in zip(shelves, (shelves[1], shelves[0], shelves[3], shelves[2]), strict=True)
        ]
        with database.transaction():
            assert database.upsert(Upsert("shelf", ("id",), columns, swapped, frozenset({"owner"}))) == 4
        expected = [(*row[:3], "owner", *row[4:]) for row in swapped]
        assert database.carried("SELECT * FROM shelf ORDER BY id") == expected
