"""Whoever is cut off while he locks a SQLite database leaves no transaction open."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database
from tests.etl.cutting import CutOffError, cut_off


@pytest.mark.parametrize("number", range(5))
def test_a_lock_that_is_cut_off_is_none(tmp_path: Path, number: int) -> None:
    """Before every statement; the last number is one more than there are."""
    path = tmp_path / "shop.sqlite3"
    with closing(sqlite3.connect(path)) as other, open_database(DatabaseUrl(f"sqlite:///{path}")) as database:
        with pytest.MonkeyPatch.context() as patch:
            cut_off(database, number, patch)
            try:
                with database.locked([], 5):
                    pass
            except CutOffError:
                assert number < 4
            else:
                assert number == 4
        other.execute("CREATE TABLE item (id INTEGER PRIMARY KEY)")
        other.commit()
        with database.snapshot():
            assert database.rows("SELECT count(*) FROM item") == [(0,)]
