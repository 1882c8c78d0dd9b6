"""Chunks of rows that are known by several columns: each row is in one of them, in whatever order its database has."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strangler.demo.postgres import PostgresServer
from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database
from strangler_etl.engine.database import Database
from strangler_etl.engine.keys import key_of_parts, key_of_table, parts_of_key
from strangler_etl.mapping.selects import KeyRange, Select
from strangler_etl.records.chunks import counted_end, plan_chunks
from tests.mariadb import MariaDBCase

NUMBERS = st.integers(-9, 9) | st.integers(-(2**31), 2**31 - 1)
TEXTS = st.text("aAäÄbß/~1 0'\\%é😀", max_size=4)
KINDS: dict[str, dict[str, st.SearchStrategy[object]]] = {
    "sqlite": {
        "integer": NUMBERS,
        "text": TEXTS,
        "text COLLATE NOCASE": TEXTS,
        "text COLLATE RTRIM": TEXTS,
        "real": st.floats(-3, 3).map(lambda number: round(number, 3)),
    },
    "postgres": {
        "bigint": NUMBERS,
        'text COLLATE "C"': TEXTS,
        "text": TEXTS,
        "numeric(6,2)": st.decimals(-3, 3, places=2),
        "uuid": st.uuids().map(str),
        "timestamptz": st.datetimes(),
        "bytea": st.binary(max_size=3),
    },
    "mariadb": {
        "bigint": NUMBERS,
        "varchar(9) COLLATE utf8mb4_general_ci": TEXTS,
        "varchar(9) COLLATE utf8mb4_nopad_bin": TEXTS,
        "decimal(6,2)": st.decimals(-3, 3, places=2),
        "datetime": st.datetimes().map(lambda moment: moment.replace(microsecond=0)),
        "varbinary(9)": st.binary(max_size=3),
    },
}
_numbers = count(1)
NEW = {"sqlite": "INSERT OR IGNORE", "postgres": "INSERT", "mariadb": "INSERT IGNORE"}


@st.composite
def keyed(draw: st.DrawFn, engine: str) -> tuple[list[str], list[tuple[object, ...]]]:
    """The types of the two or three columns of a key, and rows."""
    kinds = draw(st.lists(st.sampled_from(sorted(KINDS[engine])), min_size=2, max_size=3))
    # Few values in the first columns, so that the last ones have something to say.
    few = [st.sampled_from(draw(st.lists(KINDS[engine][kind], min_size=1, max_size=3))) for kind in kinds[:-1]]
    return kinds, draw(st.lists(st.tuples(*few, KINDS[engine][kinds[-1]]), max_size=25))


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("postgres", marks=pytest.mark.postgres),
        pytest.param("mariadb", marks=pytest.mark.mariadb),
    ]
)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Database]:
    """An empty database of each engine."""
    engine = str(request.param)
    if engine == "mariadb":
        case = request.getfixturevalue("mariadb_database")
        assert isinstance(case, MariaDBCase)
        url = case.url
    elif engine == "postgres":
        server = request.getfixturevalue("postgres")
        assert isinstance(server, PostgresServer)
        url = server.create_database(f"chunks_{next(_numbers)}")
    else:
        (tmp_path / "chunks.sqlite3").touch()
        url = f"sqlite:///{tmp_path / 'chunks.sqlite3'}"
    with open_database(DatabaseUrl(url)) as opened:
        yield opened


def make(database: Database, name: str, kinds: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table with these rows, but for those the database takes for equal to one that is there."""
    names = [f"part_{number}" for number in range(len(kinds))]
    columns = ", ".join(f"{name} {kind} NOT NULL" for name, kind in zip(names, kinds, strict=True))
    # The key's own order is not that of the columns.
    database.execute(f"CREATE TABLE {name} ({columns}, PRIMARY KEY ({', '.join(reversed(names))}))")
    marks = ", ".join([database.placeholder] * len(names))
    over = " ON CONFLICT DO NOTHING" if database.dialect == "postgres" else ""
    for row in rows:
        database.execute(f"{NEW[database.dialect]} INTO {name} VALUES ({marks}){over}", row)


def require_each_once(database: Database, name: str, size: int, most: int) -> None:
    """Every row is in one chunk, which has as many as were wanted; the texts of the keys tell them apart."""
    table = database.tables([name])[name]
    key = key_of_table(database, table, table.key)
    select = Select(name, ("key",), (key.as_text(database),), (), None, key)
    texts = [str(text) for (text,) in database.rows(*select.between(database))]
    after, found = None, list[str]()
    while True:
        chunks = list(plan_chunks(name, after, most, partial(counted_end, database, select, size)))
        for chunk in chunks:
            part = [str(text) for (text,) in database.rows(*select.between(database, chunk.keys))]
            assert len(part) == size or (chunk.keys.up_to is None and len(part) < size)
            found += part
        after = chunks[-1].keys.up_to
        if after is None:
            break
    assert sorted(found) == sorted(texts)
    assert len(set(found)) == len(found)
    assert sorted(str(text) for (text,) in database.rows(*select.of_keys(database, texts[1:]))) == sorted(texts[1:])
    assert [key_of_parts(parts_of_key(text, len(table.key))) for text in texts] == texts


@given(data=st.data())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_row_is_in_one_chunk(database: Database, data: st.DataObject) -> None:
    """Two or three columns of any kind, texts in any collation."""
    kinds, rows = data.draw(keyed(database.dialect))
    name = f"thing_{next(_numbers)}"
    with database.transaction():
        make(database, name, kinds, rows)
    require_each_once(database, name, data.draw(st.integers(1, 7)), data.draw(st.integers(1, 9)))


PLANS = {
    "sqlite": (
        "EXPLAIN QUERY PLAN",
        "USING INDEX sqlite_autoindex_line_1 ((account,line)>(?,?) AND (account,line)<(?,?))",
    ),
    "postgres": ("EXPLAIN", "Index Cond: ((ROW(account, line) > ROW(40, 7)) AND (ROW(account, line) <= ROW(41, 3)))"),
    "mariadb": ("EXPLAIN", "'range', 'PRIMARY', 'PRIMARY'"),
}


def test_a_chunk_is_found_by_the_index_of_the_key(database: Database) -> None:
    """Not by reading the table from its beginning each time."""
    database.execute("CREATE TABLE line (sku integer, account integer, line integer, PRIMARY KEY (account, line))")
    rows = ", ".join(f"(1, {account}, {line})" for account in range(100) for line in range(20))
    database.execute(f"INSERT INTO line VALUES {rows}")
    database.analyze(["line"])
    table = database.tables(["line"])["line"]
    select = Select("line", ("sku",), ("sku",), (), None, key_of_table(database, table, table.key))
    sql, parameters = select.between(database, KeyRange("40/7", "41/3"))
    explain, expected = PLANS[database.dialect]
    assert len(database.rows(sql, parameters)) == 16
    plan = repr(database.rows(f"{explain} {sql}", parameters)).replace("line.", "").replace('"', "")
    assert expected in plan
