"""Numbers that tables give themselves are handed over with the authority; other keys need none."""

from __future__ import annotations

import pytest

from tests.etl.reviews_case import ReviewsCase


def _table(case: ReviewsCase, columns: str, *rows: str) -> None:
    case.monolith.execute(f"CREATE TABLE item ({columns})")
    for row in rows:
        case.monolith.execute(f"INSERT INTO item VALUES ({row})")


@pytest.mark.parametrize("rows", [(), ("'b'", "'a'")])
def test_keys_that_are_no_numbers_have_no_next_one(case: ReviewsCase, rows: tuple[str, ...]) -> None:
    """A move of a table with such keys is not stopped by them."""
    _table(case, "id varchar(36) PRIMARY KEY", *rows)
    if rows or case.monolith.dialect == "postgres":
        assert case.monolith.next_number("item", "id") is None
    case.monolith.advance_number("item", "id", 7)


@pytest.mark.postgres
@pytest.mark.parametrize("case", ["postgres"], indirect=True)
def test_uuids_have_no_next_one(case: ReviewsCase) -> None:
    """PostgreSQL cannot even say which is the greatest."""
    _table(case, "id uuid PRIMARY KEY", "gen_random_uuid()")
    assert case.monolith.next_number("item", "id") is None


def test_the_number_after_the_greatest_is_next_where_the_application_counts(case: ReviewsCase) -> None:
    """The other side may number itself."""
    _table(case, "id integer PRIMARY KEY", "4", "9")
    assert case.monolith.next_number("item", "id") == 10
