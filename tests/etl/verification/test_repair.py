"""Repairing makes the rows that differ, and only those, what their origin says."""

from __future__ import annotations

import pytest

from strangler_etl.errors import AuthorityError
from strangler_etl.verification.repair import repair
from tests.etl.copied_case import copied, give_to_v2, tamper, verified
from tests.etl.reviews_case import ReviewsCase

BORN = "0f5a4b5e-1111-4000-8000-000000000000"


def test_missing_extra_and_changed_rows_are_mended(case: ReviewsCase) -> None:
    """A parent with its child, a changed column, a row nobody knows; what is on its way is applied with them."""
    with copied(case) as migration:
        tamper(
            migration,
            "DELETE FROM vote WHERE number = 3",
            "DELETE FROM review WHERE number = 3",
            "UPDATE review SET body = 'changed' WHERE number = 5",
            "INSERT INTO product (id, title, on_sale) VALUES (70, 'theirs', TRUE)",
        )
        case.monolith.execute("UPDATE reviews_review SET text = 'newer' WHERE id IN (3, 6)")
        before = verified(migration)
        assert repair(migration, before.differences) == before.differing == 3
        after = verified(migration)
        assert (after.clean, [table.rows for table in after.tables]) == (True, [12, 2, 12])
        assert case.target_rows("SELECT count(*) FROM review WHERE body = 'newer'") == [(2,)]


def test_after_the_cut_over_the_source_is_mended(case: ReviewsCase) -> None:
    """Rows that v1 lost, keeps too long, has otherwise, or knows under another key become what v2 says."""
    with copied(case) as migration:
        give_to_v2(migration)
        with migration.source.transaction(applying=True):
            migration.source.execute("UPDATE reviews_review SET rating = 1 WHERE id = 2")
            migration.source.execute("DELETE FROM reviews_vote WHERE id = 4")
            migration.source.execute(
                "INSERT INTO reviews_review (id, product_id, text, rating) VALUES (90, 1, 'stray', 1)"
            )
        tamper(
            migration,
            f"UPDATE review SET id = '{BORN}' WHERE number = 6",
            f"UPDATE vote SET review_id = '{BORN}' WHERE number = 6",
        )
        assert repair(migration, verified(migration).differences) == 4
        assert verified(migration).clean
        assert case.source_rows("SELECT id FROM reviews_review WHERE id > 12") == []


def test_a_repair_that_comes_after_the_cut_over_writes_nothing(case: ReviewsCase) -> None:
    """The rows were compared while v1 had the authority; what v2 has acknowledged since is what is right."""
    with copied(case) as migration:
        tamper(migration, "UPDATE review SET body = 'wrong' WHERE number = 1")
        found = verified(migration).differences
        give_to_v2(migration)
        case.service.execute("UPDATE review SET body = 'by v2' WHERE number = 1")
        with pytest.raises(AuthorityError, match="the authority has moved since it was looked at; nothing was written"):
            repair(migration, found)
        assert case.target_rows("SELECT body FROM review WHERE number = 1") == [("by v2",)]


def test_a_repair_that_comes_after_the_rollback_writes_nothing(case: ReviewsCase) -> None:
    """The same on the way back."""
    with copied(case) as migration:
        give_to_v2(migration)
        with migration.source.transaction(applying=True):
            migration.source.execute("UPDATE reviews_review SET text = 'wrong' WHERE id = 1")
        found = verified(migration).differences
        with migration.source.transaction():
            migration.source.fence.open(migration.source_tables)
        case.monolith.execute("UPDATE reviews_review SET text = 'by v1' WHERE id = 1")
        with pytest.raises(AuthorityError, match="the authority has moved since it was looked at; nothing was written"):
            repair(migration, found)
        assert case.source_rows("SELECT text FROM reviews_review WHERE id = 1") == [("by v1",)]
