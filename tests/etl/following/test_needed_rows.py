"""A part of the backlog that needs rows of later parts takes these along, and not all that waits."""

from __future__ import annotations

import pytest

from strangler_etl.following.follower import Applied, apply_forward
from strangler_etl.migration import Migration
from tests.etl.copied_case import copied, verified
from tests.etl.parts_case import ENGINES, OpenedParts, copied_parts
from tests.etl.reviews_case import ReviewsCase

LATER = 12
"""More records than a part that was made larger once would have."""
TABLES = [
    "CREATE TABLE team (id integer PRIMARY KEY, name varchar(20) UNIQUE, parent integer REFERENCES team)",
    "CREATE TABLE member (id integer PRIMARY KEY, team_id integer NOT NULL REFERENCES team, place integer UNIQUE)",
    "INSERT INTO team VALUES (1, 'one', NULL), (2, 'two', 1), (3, 'three', NULL)",
    "INSERT INTO member VALUES (1, 1, 1), (2, 2, 2), (3, 2, 3)",
]
MAPPING = """
tables = ["team", "member"]
[etl.people.tables.team]
columns = { id = "id", name = "name", parent = "parent" }
[etl.people.tables.member]
columns = { id = { key = "uuid" }, number = { key = "source" }, team_id = "team_id", place = "place" }
"""


def _part(migration: Migration) -> Applied:
    return apply_forward(migration.source, migration.target, migration.mapping, most=1)


def _written(migration: Migration, *statements: str) -> None:
    """Each statement is a transaction; many records follow."""
    for statement in (
        *statements,
        *(f"UPDATE team SET name = 'name {number}' WHERE id = 3" for number in range(LATER)),
    ):
        migration.source.execute(statement)


@pytest.mark.parametrize("opened_parts", ENGINES, indirect=True)
@pytest.mark.parametrize(
    ("statements", "rows"),
    [
        pytest.param(
            (
                "UPDATE member SET place = 9 WHERE id = 1",
                "INSERT INTO team VALUES (8, 'eight', NULL)",
                "INSERT INTO team VALUES (9, 'nine', 8)",
                "UPDATE member SET team_id = 9 WHERE id = 1",
            ),
            3,
            id="a row of a new team below a new team",
        ),
        pytest.param(
            (
                "UPDATE team SET name = 'gone' WHERE id = 2",
                "DELETE FROM member WHERE id = 2",
                "UPDATE member SET team_id = 1 WHERE id = 3",
                "DELETE FROM team WHERE id = 2",
            ),
            3,
            id="a team that is gone, and what was below it",
        ),
        pytest.param(
            (
                "UPDATE member SET place = 7 WHERE id = 1",
                "UPDATE member SET place = NULL WHERE id = 2",
                "UPDATE member SET place = 2 WHERE id = 1",
            ),
            2,
            id="a unique value that another row gives up",
        ),
    ],
)
def test_a_part_takes_along_the_rows_it_needs(
    opened_parts: OpenedParts, statements: tuple[str, ...], rows: int
) -> None:
    """And the position is behind its own records only, so that the others come again."""
    with opened_parts(TABLES, MAPPING) as migration:
        copied_parts(migration)
        _written(migration, *statements)
        applied = _part(migration)
        assert (applied.rows, applied.more) == (rows, True)
        assert verified(migration).clean
        assert sum(1 for _ in iter(lambda: _part(migration).more, False)) >= LATER
        found = verified(migration)
        assert (found.clean, [table.pending for table in found.tables]) == (True, [0, 0])


def test_a_row_below_a_new_one_takes_only_that_along(case: ReviewsCase) -> None:
    """Where the target refers by keys of its own, and checks it at commit."""
    with copied(case, 3) as migration:
        case.monolith.execute("UPDATE reviews_vote SET value = 2 WHERE id = 1")
        case.monolith.execute("INSERT INTO reviews_review (id, product_id, text, rating) VALUES (9, 1, 'new', 1)")
        case.monolith.execute("UPDATE reviews_vote SET review_id = 9 WHERE id = 1")
        for number in range(LATER):
            case.monolith.execute(f"UPDATE reviews_review SET text = 'later {number}' WHERE id = 2")
        applied = _part(migration)
        assert (applied.rows, applied.more) == (2, True)
        assert verified(migration).clean
