"""Copying: every row once, whatever happens meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from itertools import count
from uuid import UUID

import pytest

from strangler.model.progress import SilentProgress
from strangler_etl.copying.backfill import CopiedTable, backfill
from strangler_etl.engine.run_lock import RunLock
from strangler_etl.errors import BackfillError, JournalError
from strangler_etl.following.follower import apply_forward
from strangler_etl.migration import Migration
from strangler_etl.run.pace import Pace
from strangler_etl.run.settings import RunSettings
from tests.etl.copied_case import seed_reviews
from tests.etl.reviews_case import ReviewsCase

VOTES = "SELECT v.number, r.number, v.voter FROM vote v JOIN review r ON r.id = v.review_id ORDER BY v.number"


def _run(
    migration: Migration, rows: int = 3, clock: Iterator[float] | None = None, lanes: int = 1, chunks: int = 1
) -> tuple[CopiedTable, ...]:
    # A clock that stands still would let chunks grow; every wave takes its second here.
    ticks = clock or iter(range(1_000_000))
    return backfill(
        migration, SilentProgress(), RunSettings(Pace(rows, most_chunks=chunks), lanes, lambda: next(ticks))
    )


def _until_part(case: ReviewsCase, table: str, now: Iterator[float]) -> Iterator[float]:
    """Seconds, until a table is copied in part."""
    while case.target_rows(f"SELECT count(*) FROM {table}") == [(0,)]:
        yield next(now)
    assert case.target_rows(f"SELECT count(*) < 8 FROM {table}") == [(True,)]


@pytest.mark.parametrize(("lanes", "chunks"), [(1, 1), (3, 2)])
def test_every_row_arrives_once(case: ReviewsCase, lanes: int, chunks: int) -> None:
    """All tables are copied in chunks, keys derived, casts and joins applied; a second run has nothing to do."""
    seed_reviews(case, 20)
    with case.migration() as migration:
        migration.install()
        copied = _run(migration, lanes=lanes, chunks=chunks)
        assert [(table.source, table.rows, table.copied) for table in copied] == [
            ("reviews_review", 20, 20),
            ("product", 2, 2),
            ("reviews_vote", 20, 20),
        ]
        assert case.target_rows() == [(n, 1, f"text {n}", 5) for n in range(1, 21)]
        assert case.target_rows(VOTES) == [(n, n, "ann") for n in range(1, 21)]
        assert [table.copied for table in _run(migration)] == [0, 0, 0]


def test_rows_of_the_service_get_numbers_behind_those_that_were_copied(case: ReviewsCase) -> None:
    """Also where nobody cuts over by command: the first row would have the number of a copied one."""
    seed_reviews(case, 20)
    with case.migration() as migration:
        migration.install()
        _run(migration)
        with migration.target.transaction(applying=True):
            migration.target.execute(
                f"INSERT INTO review (id, product_id, body, stars) VALUES ('{UUID(int=1)}', 1, 'born here', 5)"
            )
        assert case.target_rows("SELECT number FROM review WHERE body = 'born here'") == [(21,)]


def test_it_refuses_without_the_journals(case: ReviewsCase) -> None:
    """What would be written meanwhile would be lost."""
    with case.migration() as migration, pytest.raises(JournalError) as caught:
        _run(migration)
    assert sorted(caught.value.faults) == ["category", "product", "reviews_review", "reviews_vote"]
    assert str(caught.value).endswith(
        "category, product, reviews_review, reviews_vote: each has no journal; run: strangler journal install reviews"
    )


def test_it_refuses_rows_it_did_not_copy(case: ReviewsCase) -> None:
    """Rows of somebody else in the target would be mixed with ours."""
    case.service.execute("INSERT INTO product (id, title, on_sale) VALUES (7, 'theirs', TRUE)")
    with case.migration() as migration:
        migration.install()
        with pytest.raises(BackfillError) as caught:
            _run(migration)
    assert str(caught.value) == (
        "service reviews: the target table product has rows that etl run did not copy;"
        " empty the tables: strangler etl clean reviews"
    )


def test_what_the_monolith_writes_between_two_chunks_is_followed(case: ReviewsCase) -> None:
    """Rows copied already may change, go, and leave unique values to rows not copied yet; new parents appear."""
    seed_reviews(case, 9)

    def writes() -> Iterator[float]:
        now = count()
        yield from _until_part(case, "review", now)
        case.monolith.execute("UPDATE reviews_review SET text = 'changed' WHERE id = 1")
        case.monolith.execute("DELETE FROM reviews_vote WHERE review_id = 2")
        case.monolith.execute("DELETE FROM reviews_review WHERE id = 2")
        yield from _until_part(case, "vote", now)
        case.monolith.execute("INSERT INTO reviews_review (id, product_id, text, rating) VALUES (50, 1, 'new', 4)")
        case.monolith.execute("INSERT INTO reviews_vote (id, review_id, customer, value) VALUES (50, 50, 'bob', 1)")
        case.monolith.execute("DELETE FROM reviews_vote WHERE id = 1")
        case.monolith.execute("INSERT INTO reviews_vote (id, review_id, customer, value) VALUES (60, 1, 'ann', -1)")
        yield from now

    with case.migration() as migration:
        migration.install()
        _run(migration, clock=writes())
        expected = [(1, 1, "changed", 5), *((n, 1, f"text {n}", 5) for n in range(3, 10)), (50, 1, "new", 4)]
        assert case.target_rows() == expected
        assert case.target_rows(VOTES) == [*((n, n, "ann") for n in range(3, 10)), (50, 50, "bob"), (60, 1, "ann")]


def test_a_follower_may_run_at_the_same_time(case: ReviewsCase) -> None:
    """Rows it has written before their chunk comes are not copied twice."""
    seed_reviews(case, 9)
    with case.migration() as migration, case.migration() as other:
        migration.install()

        def follows() -> Iterator[float]:
            yield from range(4)
            case.monolith.execute("UPDATE reviews_review SET text = 'changed' WHERE id IN (1, 8)")
            apply_forward(other.source, other.target, other.mapping)
            yield from range(4, 1000)

        _run(migration, clock=follows())
        texts = {n: "changed" if n in {1, 8} else f"text {n}" for n in range(1, 10)}
        assert case.target_rows() == [(n, 1, text, 5) for n, text in texts.items()]


def test_the_target_is_fenced_all_the_while_and_by_the_row_in_the_end(case: ReviewsCase) -> None:
    """Loosely where rows come in; a run that is cut off leaves it so, and the next one tightens it."""
    seed_reviews(case, 9)
    with case.migration() as migration:
        migration.install()
        target, tables = migration.target, migration.target_tables
        seen: list[frozenset[str]] = []

        def looks() -> Iterator[float]:
            for now in range(8):
                assert target.fence.closed(tables) == frozenset(tables)
                seen.append(target.fence.loose(tables))
                yield now
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            _run(migration, clock=looks())
        assert seen[-1] == (frozenset(tables) if target.dialect == "postgres" else frozenset())
        _run(migration)
        assert target.fence.closed(tables) == frozenset(tables)
        assert target.fence.loose(tables) == frozenset()


def test_a_run_whose_lock_is_lost_fails_cleanly(case: ReviewsCase, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever locks are worth: the one that comes late says so, and the other one finishes."""

    def lost(_lock: RunLock, _service: str) -> nullcontext[None]:
        return nullcontext()

    monkeypatch.setattr(RunLock, "held", lost)
    seed_reviews(case, 9)
    with case.migration() as migration, case.migration() as other:
        migration.install()

        def meanwhile() -> Iterator[float]:
            yield from range(4)
            _run(other)
            yield from range(4, 1000)

        with pytest.raises(BackfillError, match="another process is copying reviews_review"):
            _run(migration, clock=meanwhile())
        assert case.target_rows() == [(n, 1, f"text {n}", 5) for n in range(1, 10)]
