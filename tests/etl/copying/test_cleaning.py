"""Cleaning: as if nothing had been copied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from strangler.model.authority import Authority, MoveStep
from strangler.model.progress import SilentProgress
from strangler_etl.copying.backfill import backfill
from strangler_etl.copying.cleaning import clean
from strangler_etl.engine.database import Database
from strangler_etl.errors import AuthorityError, BackfillError, DatabaseError
from strangler_etl.following.follower import apply_backward
from strangler_etl.migration import Migration
from strangler_etl.records.authority import replace_authority
from strangler_etl.records.checkpoint import read_checkpoints
from strangler_etl.records.verification import forget_verification, read_verification
from tests.etl.copied_case import copied, give_to_v2, seed_reviews, verified
from tests.etl.reviews_case import ReviewsCase


def test_tables_are_empty_and_can_be_copied_again(case: ReviewsCase) -> None:
    """Rows, checkpoints and verification are gone, and nothing of it goes back to the source."""
    with copied(case) as migration:
        verified(migration)
        assert clean(migration) == {"vote": 12, "product": 2, "review": 12}
        assert case.target_rows() == []
        assert read_checkpoints(migration.target, "reviews") == {}
        assert read_verification(migration.target, "reviews") is None
        assert apply_backward(migration.source, migration.target, migration.mapping).rows == 0
        assert sum(table.copied for table in backfill(migration, SilentProgress())) == 26
        assert verified(migration).clean


def test_rows_of_tables_that_are_not_copied_are_not_taken_along(case: ReviewsCase) -> None:
    """They may be another service's, which has the authority over them."""
    with copied(case, 2) as migration:
        target = migration.target
        type_ = migration.mapping.of_source("reviews_review").target.columns["id"].type
        target.execute(f"CREATE TABLE note (review_id {type_} REFERENCES review (id) ON DELETE CASCADE)")
        clean(migration)
        backfill(migration, SilentProgress())
        target.execute("INSERT INTO note SELECT id FROM review")
        with pytest.raises(
            BackfillError, match='rows of "note", which is not mapped, refer to review ON DELETE CASCADE'
        ):
            clean(migration)
        assert target.rows("SELECT count(*) FROM note") == [(2,)]
        assert verified(migration).clean


def test_it_refuses_after_the_cut_over(case: ReviewsCase) -> None:
    """The service's rows are the only ones then."""
    with copied(case) as migration:
        give_to_v2(migration)
        with pytest.raises(AuthorityError, match="only possible while v1 has the authority"):
            clean(migration)
        assert case.target_rows("SELECT count(*) FROM review") == [(12,)]


def test_what_somebody_tried_in_the_service_before_the_copy_does_not_reach_the_source(case: ReviewsCase) -> None:
    """Rows written and deleted in the target before the fence have numbers of real rows of the source."""
    seed_reviews(case, 2)
    with case.migration() as migration:
        migration.install()
        with migration.target.transaction():
            migration.target.fence.open(migration.target_tables)
        case.service.execute(
            "INSERT INTO review (id, number, product_id, body, stars)"
            " VALUES ('0f5a4b5e-1111-4000-8000-000000000000', 1, 1, 'a try', 1)"
        )
        case.service.execute("DELETE FROM review")
        backfill(migration, SilentProgress())
        assert apply_backward(migration.source, migration.target, migration.mapping).rows == 0
        assert case.source_rows() == [(1, 1, "text 1", 5), (2, 1, "text 2", 5)]


def test_a_move_can_not_begin_while_rows_are_deleted(case: ReviewsCase, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the service has written as the authority would be deleted with the copy."""
    with copied(case) as migration, case.migration() as other:
        refused: list[DatabaseError] = []

        def begin(target: Database, service: str) -> None:
            authority = Authority(service)
            with other.source.patience(0.2), pytest.raises(DatabaseError) as caught:
                replace_authority(other.source, authority, replace(authority, epoch=2, step=MoveStep.HOLDING))
            refused.append(caught.value)
            forget_verification(target, service)

        monkeypatch.setattr("strangler_etl.copying.cleaning.forget_verification", begin)
        clean(migration)
        assert len(refused) == 1


def _leave_open(_migration: Migration, _filled: Sequence[str] = ()) -> None:
    """Take the place of what would fence the other side."""


def test_a_service_that_is_open_is_neither_cleaned_nor_copied_to(
    case: ReviewsCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever was believed when the command began."""
    seed_reviews(case, 2)
    with case.migration() as migration:
        migration.install()
        monkeypatch.setattr(Migration, "fence_other_side", _leave_open)
        with migration.target.transaction():
            migration.target.fence.open(migration.target_tables)
        for act in (lambda: clean(migration), lambda: backfill(migration, SilentProgress())):
            with pytest.raises(AuthorityError, match="the authority has moved since it was looked at"):
                act()
