"""Rows take over each other's unique values without being tried again and again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import pytest

from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database
from strangler_etl.engine.database import Upsert
from strangler_etl.engine.session import Row
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
