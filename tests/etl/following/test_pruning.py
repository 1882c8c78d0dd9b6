"""Pruning: a journal forgets what was applied and found equal, and nothing else."""

from __future__ import annotations

import pytest

from strangler.model.authority import Side
from strangler_etl.errors import VerificationError
from strangler_etl.following.follower import apply_backward, apply_forward
from strangler_etl.following.pruning import prune
from strangler_etl.verification.verification import compare_changes
from tests.etl.copied_case import copied, give_to_v2, verified
from tests.etl.reviews_case import ReviewsCase


def test_what_was_verified_is_deleted_and_what_came_later_is_applied(case: ReviewsCase) -> None:
    """The journal does not grow for ever, and no change is lost by that."""
    with copied(case) as migration:
        case.monolith.execute("UPDATE reviews_review SET text = 'seen' WHERE id <= 3")
        apply_forward(migration.source, migration.target, migration.mapping)
        assert verified(migration).clean
        case.monolith.execute("UPDATE reviews_review SET text = 'later' WHERE id = 5")
        found = prune(migration, ())
        assert (found.source, found.source_left) == (3, 1)
        assert apply_forward(migration.source, migration.target, migration.mapping).upserted == 1
        assert case.target_rows("SELECT body FROM review WHERE number = 5") == [("later",)]
        assert verified(migration).clean


def test_nothing_is_deleted_that_was_not_compared(case: ReviewsCase) -> None:
    """A cut-over compares what has changed since the last verification: it has to know it."""
    with copied(case) as migration:
        with pytest.raises(VerificationError, match="not found equal yet"):
            prune(migration, ())
        verified(migration)
        migration.source.journal.remove(["reviews_review"])
        migration.install()
        with pytest.raises(VerificationError, match="changes may have been missed"):
            prune(migration, ())


def test_tables_that_other_services_follow_are_left_alone(case: ReviewsCase) -> None:
    """How far they have come is not known here."""
    with copied(case) as migration:
        case.monolith.execute("UPDATE product SET name = 'new' WHERE id = 1")
        case.monolith.execute("UPDATE reviews_review SET text = 'new' WHERE id = 1")
        apply_forward(migration.source, migration.target, migration.mapping)
        verified(migration)
        found = prune(migration, {"product"})
        assert (found.source, found.source_left) == (1, 1)


def test_the_journal_of_the_service_is_pruned_up_to_the_verification_too(case: ReviewsCase) -> None:
    """And the way back compares what has changed there since."""
    with copied(case) as migration:
        give_to_v2(migration)
        case.service.execute("UPDATE review SET body = 'seen' WHERE number <= 3")
        apply_backward(migration.source, migration.target, migration.mapping)
        assert verified(migration).clean
        seen = migration.target.journal.length(["review"])
        case.service.execute("UPDATE review SET body = 'later' WHERE number = 5")
        later = migration.target.journal.length(["review"]) - seen
        found = prune(migration, ())
        assert (found.target, found.target_left) == (seen, later)
        apply_backward(migration.source, migration.target, migration.mapping)
        assert compare_changes(migration, Side.V2, None).keys == 1
        assert case.source_rows("SELECT text FROM reviews_review WHERE id = 5") == [("later",)]
