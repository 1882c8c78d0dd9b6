"""Chunks whose ends are estimated: no key is left out, and none has many more keys than it should."""

from __future__ import annotations

from bisect import bisect_right
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database
from strangler_etl.engine.key_histogram import KeyHistogram
from strangler_etl.records.chunks import estimated_end, plan_chunks


@given(
    keys=st.lists(st.integers(-500, 500) | st.integers(-(2**63), 2**63 - 1), min_size=2, max_size=60, unique=True),
    steps=st.integers(1, 9),
    wanted=st.integers(1, 80),
    most=st.integers(1, 4),
)
def test_estimated_chunks_follow_each_other_to_the_end(keys: list[int], steps: int, wanted: int, most: int) -> None:
    """Wherever keys lie, and however coarsely that is known."""
    keys.sort()
    bounds = sorted({keys[(len(keys) - 1) * step // steps] for step in range(steps + 1)})
    histogram = KeyHistogram(tuple(bounds), len(keys))
    after, sizes = None, list[int]()
    while True:
        chunks = list(plan_chunks("thing", after, most, partial(estimated_end, histogram, wanted)))
        for chunk in chunks:
            assert chunk.keys.after == after
            begin = 0 if after is None else bisect_right(keys, int(after))
            end = len(keys) if chunk.keys.up_to is None else bisect_right(keys, int(chunk.keys.up_to))
            sizes.append(end - begin)
            after = chunk.keys.up_to
        if after is None:
            break
    assert sum(sizes) == len(keys)
    if histogram.measures(wanted):
        # A step may have one key more than another.
        assert max(sizes) <= 2 * wanted + 3


_TABLES = """
CREATE TABLE fresh (id bigint PRIMARY KEY);
INSERT INTO fresh SELECT 7 * n FROM generate_series(-400, 599) AS n;
CREATE TABLE changed (id integer PRIMARY KEY, note text);
INSERT INTO changed SELECT n FROM generate_series(1, 1000) AS n;
CREATE TABLE named (name text PRIMARY KEY);
INSERT INTO named SELECT 'name ' || n FROM generate_series(1, 1000) AS n;
CREATE TABLE base (id bigint PRIMARY KEY);
INSERT INTO base SELECT n FROM generate_series(1, 1000) AS n;
CREATE TABLE derived () INHERITS (base);
CREATE TABLE unknown (id bigint PRIMARY KEY);
INSERT INTO unknown SELECT n FROM generate_series(1, 1000) AS n
"""


@pytest.mark.postgres
def test_only_what_was_analyzed_and_is_as_it_was_then_is_known(postgres_database: str) -> None:
    """A table that others inherit from has more rows than its own."""
    with open_database(DatabaseUrl(postgres_database)) as database:
        for step in (_TABLES, "ANALYZE fresh, changed, named, base", "UPDATE changed SET note = 'new' WHERE id <= 11"):
            database.execute(step)
            # What a session changes is counted when it goes on.
            database.rows("SELECT pg_stat_force_next_flush()")
            database.rows("SELECT 1")
        found = database.key_histogram("fresh", "id")
        assert found is not None
        assert (found.rows, found.bounds[0], found.bounds[-1]) == (1000, -2800, 4193)
        assert found.end(None, 400) == pytest.approx(0, abs=70)
        assert found.end(0, 600) is None
        others = [("changed", "id"), ("named", "name"), ("base", "id"), ("unknown", "id"), ("absent", "id")]
        assert [name for name, column in others if database.key_histogram(name, column)] == []
