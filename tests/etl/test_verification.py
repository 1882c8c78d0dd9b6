"""Verification finds what differs, all of it and nothing else."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import pytest

from strangler.model.authority import Authority, Side
from strangler.model.progress import SilentProgress
from strangler_etl.authority import replace_authority
from strangler_etl.backfill import backfill
from strangler_etl.comparison import ColumnDifference, Difference, DifferenceKind
from strangler_etl.derived_key import derived_key
from strangler_etl.errors import BackfillError
from strangler_etl.follower import apply_forward
from strangler_etl.migration import Migration
from strangler_etl.verification import Verification, compare_changes, read_verification, verify
from tests.etl.reviews_case import ReviewsCase

REVIEWS = 12


@contextmanager
def copied(case: ReviewsCase) -> Generator[Migration]:
    """A migration with twelve reviews and votes copied."""
    for number in range(1, REVIEWS + 1):
        case.monolith.execute(
            f"INSERT INTO reviews_review (id, product_id, text, rating) VALUES ({number}, 1, 'text {number}', 5)"
        )
        case.monolith.execute(
            f"INSERT INTO reviews_vote (id, review_id, customer, value) VALUES ({number}, {number}, 'ann', 1)"
        )
    with case.migration() as migration:
        migration.install()
        backfill(migration, SilentProgress())
        yield migration


def _tamper(migration: Migration, *statements: str) -> None:
    with migration.target.transaction(applying=True):
        for statement in statements:
            migration.target.execute(statement)


def _verify(migration: Migration) -> Verification:
    return verify(migration, SilentProgress(), lambda: 1_000.0)


def _key(number: int, table: str = "reviews_review") -> str:
    return str(derived_key(table, str(number)))


def _give_to_v2(migration: Migration) -> None:
    before = Authority("reviews")
    replace_authority(migration.source, before, Authority("reviews", Side.V2, 2))
    with migration.source.locked(migration.source_tables, 5):
        migration.source.fence("reviews", migration.source_tables)
    with migration.target.transaction():
        migration.target.unfence(migration.target_tables)


def test_equal_databases_are_clean_and_it_is_remembered(case: ReviewsCase) -> None:
    """Every row of every table is compared; the target remembers position, time and number of rows."""
    with copied(case) as migration:
        assert read_verification(migration.target, "reviews") is None
        found = _verify(migration)
        assert found.clean
        assert [(table.table, table.rows) for table in found.tables] == [("review", 12), ("product", 2), ("vote", 12)]
        recorded = read_verification(migration.target, "reviews")
        assert recorded is not None
        assert (recorded.position, recorded.verified_at, recorded.rows) == (found.position, 1_000.0, 26)


def test_it_needs_the_whole_copy(case: ReviewsCase) -> None:
    """Before everything is copied there is nothing to compare."""
    with case.migration() as migration, pytest.raises(BackfillError) as caught:
        _verify(migration)
    assert str(caught.value) == (
        "service reviews: not copied yet: reviews_review, product, reviews_vote; run: strangler etl run reviews"
    )


def test_exactly_the_planted_differences_are_found(case: ReviewsCase) -> None:
    """A missing row, an extra one and one with a changed column: by key, with the column; the record is withdrawn."""
    with copied(case) as migration:
        assert _verify(migration).clean
        _tamper(
            migration,
            "DELETE FROM vote WHERE number = 3",
            "UPDATE review SET body = 'changed' WHERE number = 5",
            "INSERT INTO product (id, title, on_sale) VALUES (70, 'theirs', TRUE)",
        )
        found = _verify(migration)
        assert (found.clean, found.differing) == (False, 3)
        assert found.differences == (
            Difference(
                "review",
                _key(5),
                DifferenceKind.DIFFERENT,
                Side.V1,
                "5",
                (ColumnDifference("body", "text 5", "changed"),),
            ),
            Difference("product", "70", DifferenceKind.EXTRA, Side.V1),
            Difference("vote", _key(3, "reviews_vote"), DifferenceKind.MISSING, Side.V1, "3"),
        )
        assert read_verification(migration.target, "reviews") is None


def test_values_do_not_print() -> None:
    """A difference can be logged: the values stay with who asks for them."""
    assert repr(ColumnDifference("email", "ann@example.org", None)) == "ColumnDifference(name='email')"


def test_changes_on_their_way_are_no_differences(case: ReviewsCase) -> None:
    """What the follower has not applied yet is left out, and comes after the recorded position."""
    with copied(case) as migration:
        case.monolith.execute("UPDATE reviews_review SET text = 'newer' WHERE id = 1")
        case.monolith.execute("INSERT INTO reviews_review (id, product_id, text, rating) VALUES (40, 1, 'new', 1)")
        case.monolith.execute("DELETE FROM reviews_vote WHERE id = 2")
        case.monolith.execute("UPDATE category SET visible = FALSE WHERE id = 1")
        found = _verify(migration)
        assert found.clean
        assert [(table.table, table.rows, table.pending) for table in found.tables] == [
            ("review", 11, 2),
            ("product", 1, 2),
            ("vote", 11, 1),
        ]
        with migration.source.snapshot():
            changes = migration.source.changes(found.position, migration.mapping.followed)
            compared = compare_changes(migration, Side.V1, changes)
        kinds = [(difference.table, difference.kind) for difference in compared.differences]
        assert (compared.keys, kinds) == (
            5,
            [("review", "different"), ("review", "missing"), ("product", "different"), ("vote", "extra")],
        )
        apply_forward(migration.source, migration.target, migration.mapping)
        with migration.source.snapshot():
            assert compare_changes(migration, Side.V1, changes).differences == ()


def test_after_the_cut_over_the_source_is_compared_with_the_target(case: ReviewsCase) -> None:
    """The owned tables the other way round, the key map included; replicas as before."""
    born = "0f5a4b5e-1111-4000-8000-000000000000"
    with copied(case) as migration:
        _give_to_v2(migration)
        assert _verify(migration).clean
        with migration.source.transaction(applying=True):
            migration.source.execute("UPDATE reviews_review SET rating = 1 WHERE id = 2")
            migration.source.execute("DELETE FROM reviews_vote WHERE id = 4")
        with migration.target.transaction(applying=True):
            migration.target.execute(f"UPDATE review SET id = '{born}' WHERE number = 6 ")
            migration.target.execute(f"UPDATE vote SET review_id = '{born}' WHERE number = 6 ")
        found = _verify(migration)
        assert found.differences == (
            Difference(
                "reviews_review",
                "2",
                DifferenceKind.DIFFERENT,
                Side.V2,
                _key(2),
                (ColumnDifference("rating", "5", "1"),),
            ),
            Difference(
                "reviews_review",
                "6",
                DifferenceKind.DIFFERENT,
                Side.V2,
                born,
                (ColumnDifference("id (key map)", born, _key(6)),),
            ),
            Difference("reviews_vote", "4", DifferenceKind.MISSING, Side.V2, _key(4, "reviews_vote")),
        )
