"""What strangler has made it takes away again, and nothing else."""

from __future__ import annotations

import pytest

from strangler.model.progress import SilentProgress
from strangler_etl.copying.backfill import backfill
from strangler_etl.copying.cleaning import clean
from strangler_etl.copying.dropping import drop_created, droppable
from strangler_etl.errors import AuthorityError, BackfillError
from strangler_etl.migration import Migration, Missing, open_migration
from tests.etl.copied_case import give_to_v2, seed_reviews, verified
from tests.etl.reviews_case import ReviewsCase


@pytest.fixture
def half(case: ReviewsCase) -> ReviewsCase:
    """The shop with a target that has one of the tables already."""
    seed_reviews(case, 5)
    for table in ("vote", "review"):
        case.service.execute(f"DROP TABLE {table}")
    return case


def _made(case: ReviewsCase) -> None:
    with open_migration(case.project, "reviews", case.environment, Missing.CREATE) as migration:
        migration.install()
        backfill(migration, SilentProgress())


def _names(migration: Migration) -> list[str]:
    return [one.name for one in droppable(migration)]


def test_created_tables_are_dropped_and_can_be_made_again(half: ReviewsCase) -> None:
    """Children first, with their journals; what was there before stays."""
    _made(half)
    with half.migration() as migration:
        assert _names(migration) == ["vote", "review"]
        half.service.execute("CREATE TABLE note (review_id text)")
        clean(migration)
        drop_created(migration, droppable(migration))
        assert half.service.table_names() == ["note", "product"]
        assert droppable(migration) == ()
        assert migration.target.journal.length(migration.target_tables) == 0
    _made(half)
    with half.migration() as migration:
        assert verified(migration).clean
        assert _names(migration) == ["vote", "review"]


def test_a_table_that_somebody_else_has_made_since_is_left_alone(half: ReviewsCase) -> None:
    """Whatever its name is."""
    _made(half)
    with half.migration() as migration:
        clean(migration)
        half.service.execute("DROP TABLE vote")
        half.service.execute("CREATE TABLE vote (id text PRIMARY KEY, number integer)")
        assert _names(migration) == ["review"]


def test_rows_that_came_meanwhile_are_not_dropped(half: ReviewsCase) -> None:
    """Somebody may have begun to copy anew: nothing is dropped then, of no table."""
    _made(half)
    with half.migration() as migration:
        with pytest.raises(BackfillError, match="vote has rows again"):
            drop_created(migration, droppable(migration))
        assert _names(migration) == ["vote", "review"]
        assert migration.target.journal.faults(migration.mapping.journaled_target) == ()


def test_nothing_is_dropped_after_the_cut_over(half: ReviewsCase) -> None:
    """The tables are the service's then, empty or not."""
    _made(half)
    with half.migration() as migration:
        clean(migration)
        give_to_v2(migration)
        with pytest.raises(AuthorityError):
            drop_created(migration, droppable(migration))
        assert _names(migration) == ["vote", "review"]


@pytest.mark.parametrize("case", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_what_others_need_is_not_dropped(half: ReviewsCase) -> None:
    """A view of the service's depends on it: all of them stay, and it is said what to do."""
    _made(half)
    with half.migration() as migration:
        clean(migration)
        half.service.execute("CREATE VIEW latest AS SELECT * FROM review")
        with pytest.raises(BackfillError, match="drop what depends on them first") as caught:
            drop_created(migration, droppable(migration))
        assert "other objects depend" in str(caught.value)
        assert _names(migration) == ["vote", "review"]
