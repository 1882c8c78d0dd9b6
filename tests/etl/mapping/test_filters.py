"""Which filters exclude each other for sure: never two that one row meets."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp, parse_one

from strangler_etl.engine.schema import Column, Table
from strangler_etl.mapping.filters import exclude_each_other, fixed_values

_TYPES = {"state": "text", "number": "integer", "price": "numeric(10,2)", "live": "boolean", "born": "date"}
_TABLE = Table("users", {name: Column(name, type_, optional=True) for name, type_ in _TYPES.items()}, ())


def _filter(sql: str) -> exp.Expr:
    return parse_one(sql, dialect="postgres")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("state = 'open'", "state = 'closed'"),
        ("state IN ('a', 'b')", "state IN ('c', 'd') AND number > 3"),
        ("state = 'a' OR state = 'b'", "'c' = state"),
        ("state = 'a b'", "state <> 'a b'"),
        ("state IS NULL", "state = 'open'"),
        ("state IS NULL", "state IS NOT NULL"),
        ("state IS NOT DISTINCT FROM 'a'", "state IS DISTINCT FROM 'a'"),
        ("state = 'a'::text", "NOT state IN ('a', 'b')"),
        ("NOT (state = 'a')", "(state = 'a')"),
        ("live", "NOT live"),
        ("live", "live IS NOT TRUE"),
        ("live = TRUE", "live IS FALSE"),
        ("number < 3", "number >= 3"),
        ("number BETWEEN 1 AND 3", "number > 3"),
        ("3 > number", "number = 4"),
        ("number IN (1, 2)", "number IS NULL OR number > 2"),
        ("number = 1", "number = '2'"),
        ("price <= 1.50", "price > 1.50"),
        ("born < '2020-01-01'", "born >= '2021-01-01'"),
        ("number = -1", "number = 1"),
    ],
)
def test_what_no_row_meets_is_seen(one: str, other: str) -> None:
    """In either order, and whatever else the filters say."""
    for first, second in ((one, other), (other, one), (f"price > 3 AND ({one})", other)):
        assert exclude_each_other(_TABLE, _filter(first), _filter(second))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("state = 'open'", "state = 'Open'"),
        ("state = 'open'", "state = 'open '"),
        ("state = 'cafe'", "state = 'café'"),
        ("state = 'in progress'", "state = 'in-progress'"),
        ("state < 'b'", "state > 'c'"),
        ("state = 'a'", "number = 3"),
        ("state <> 'a'", "state <> 'b'"),
        ("state = 'a' OR number = 1", "state = 'b'"),
        ("number <= 3", "number >= 3"),
        ("number = 1", "number = 1.0"),
        ("number = 1.5::int", "number = 1"),
        ("state = 'ab'::char", "state = 'ac'::char"),
        ("price = 0.1", "price = 0.10000000000000000001"),
        ("state IS DISTINCT FROM 'a'", "state IS NULL"),
        ("number = number", "number IS NOT NULL"),
        ("lower(state) = 'a'", "state = 'b'"),
        ("born = '2020-01-01'", "born = '20200101'"),
    ],
)
def test_what_a_row_may_meet_is_not_denied(one: str, other: str) -> None:
    """A collation may take texts for one that differ in case, accents, blanks or signs."""
    assert not exclude_each_other(_TABLE, _filter(one), _filter(other))
    assert not exclude_each_other(_TABLE, _filter(other), _filter(one))


def test_what_a_filter_says_of_a_column_is_known() -> None:
    """Where it is one value in all rows."""
    filter_ = _filter("state = 'open'::text AND number IN (3) AND (price IS NULL AND NOT live) AND born > '2020-01-01'")
    fixed = {name: value.sql() for name, value in fixed_values(_TABLE, filter_).items()}
    assert fixed == {"state": "'open'", "number": "3", "price": "NULL", "live": "FALSE"}


_TEXTS, _WHOLE = ("'a'", "'b'", "'A'", "'c'"), ("0", "1", "2", "-1")
_PLAIN = st.one_of(
    st.tuples(st.sampled_from(["state"]), st.sampled_from(["=", "<>", "IS DISTINCT FROM"]), st.sampled_from(_TEXTS)),
    st.tuples(st.sampled_from(["number"]), st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), st.sampled_from(_WHOLE)),
    st.tuples(st.sampled_from(["live"]), st.sampled_from(["IS", "IS NOT"]), st.sampled_from(["TRUE", "FALSE", "NULL"])),
    st.tuples(st.sampled_from(["number"]), st.sampled_from(["IN", "NOT IN"]), st.sampled_from(["(1)", "(0, 2)"])),
).map(" ".join)
FILTERS = st.recursive(
    st.one_of(_PLAIN, st.sampled_from(["live", "state IS NULL", "number BETWEEN 0 AND 1"])),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["AND", "OR"]), inner).map(lambda parts: "({} {} {})".format(*parts)),
        inner.map("(NOT {})".format),
    ),
    max_leaves=4,
)


@settings(max_examples=100)
@given(one=FILTERS, other=FILTERS)
def test_no_row_meets_two_that_exclude_each_other(one: str, other: str) -> None:
    """Every row there could be is asked, under a collation that leaves out case."""
    if not exclude_each_other(_TABLE, _filter(one), _filter(other)):
        return
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE users (state text COLLATE NOCASE, number integer, live boolean)")
    rows = [(s, n, b) for s in ("a", "B", "c", None) for n in (-1, 0, 1, 2, None) for b in (0, 1, 2, None)]
    database.executemany("INSERT INTO users VALUES (?, ?, ?)", rows)
    both = " AND ".join(f"({_filter(each).sql(dialect='sqlite')})" for each in (one, other))
    assert database.execute(f"SELECT * FROM users WHERE {both}").fetchall() == []
    database.close()
