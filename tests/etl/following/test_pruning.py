"""Pruning: a journal forgets what was applied and found equal, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from strangler.model.authority import Side
from strangler_etl.errors import VerificationError, WayBackError
from strangler_etl.following.follower import apply_backward, apply_forward
from strangler_etl.following.pruning import prune
from strangler_etl.records.streams import backward_stream, give_up_stream, resume_stream, stream_ended
from strangler_etl.verification.repair import repair
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


def test_what_nobody_brings_back_is_deleted_on_request_and_v1_is_not_taken_for_equal(case: ReviewsCase) -> None:
    """A way back that is taken up all the same counts as whole when every row was compared, and not before."""
    stream = backward_stream("reviews")
    with copied(case) as migration:
        give_to_v2(migration)
        apply_backward(migration.source, migration.target, migration.mapping)
        assert verified(migration).clean
        case.service.execute("UPDATE review SET body = 'kept here' WHERE number <= 3")
        with pytest.raises(WayBackError, match="may still go back"):
            prune(migration, (), end_way_back=True)
        give_up_stream(migration.source, stream, 1_000.0)
        found = prune(migration, (), end_way_back=True)
        assert (found.target > 0, found.target_left) == (True, 0)
        # Again, day by day: v1 lacks the rows, and what the service follows is compared all the same.
        assert verified(migration).clean
        assert prune(migration, (), end_way_back=True).target_left == 0
        assert stream_ended(migration.source, stream) is not None
        resume_stream(migration.source, stream)
        apply_backward(migration.source, migration.target, migration.mapping)
        lacking = verified(migration)
        assert lacking.differing == 3
        assert stream_ended(migration.source, stream) is not None
        repair(migration, [one for table in lacking.tables for one in table.differences])
        assert verified(migration).clean
        assert stream_ended(migration.source, stream) is None
        assert case.source_rows("SELECT count(*) FROM reviews_review WHERE text = 'kept here'") == [(3,)]


def test_without_a_way_back_in_the_mapping_the_journal_of_v2_can_be_pruned_too(case: ReviewsCase) -> None:
    """It would grow for ever; a mapping that lets rows go back again finds that they are missing."""
    with copied(case) as migration:
        give_to_v2(migration)
        one_way = replace(migration, mapping=replace(migration.mapping, way_back=False))
        assert verified(one_way).clean
        case.service.execute("UPDATE review SET body = 'kept here' WHERE number <= 3")
        assert prune(one_way, ()).target_left > 0
        assert prune(one_way, (), end_way_back=True).target_left == 0
        assert verified(one_way).clean
        assert stream_ended(migration.source, backward_stream("reviews")) is not None
        assert verified(migration).differing == 3
