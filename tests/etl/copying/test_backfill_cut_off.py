"""A copy that is cut off at any statement goes on as if nothing had been."""

from __future__ import annotations

from contextlib import suppress

import pytest

from strangler.model.progress import SilentProgress
from strangler_etl.copying.backfill import backfill
from strangler_etl.migration import Migration
from strangler_etl.records.checkpoint import read_checkpoints
from strangler_etl.run.pace import Pace
from strangler_etl.run.settings import RunSettings
from tests.etl.copied_case import seed_reviews, verified
from tests.etl.cutting import CutOffError, cut_off
from tests.etl.reviews_case import ReviewsCase


def _run(migration: Migration) -> None:
    ticks = iter(range(1_000_000))
    backfill(migration, SilentProgress(), RunSettings(Pace(4, most_chunks=1), 1, lambda: next(ticks)))


@pytest.mark.parametrize("side", ["source", "target"])
def test_cut_off_at_every_statement(case: ReviewsCase, side: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each run gets a statement further than the one before, until one reaches the end: every row is there once."""
    seed_reviews(case, 9)
    with case.migration() as migration:
        migration.install()
    number = -1
    finished = False
    while not finished:
        number += 1
        with case.migration() as migration, monkeypatch.context() as patch:
            cut_off(migration.source if side == "source" else migration.target, number, patch)
            with suppress(CutOffError):
                _run(migration)
                finished = True
        case.monolith.execute(f"UPDATE reviews_review SET text = 'round {number}' WHERE id = {1 + number % 9}")
    assert number > 10
    with case.migration() as migration:
        assert verified(migration).clean
        checkpoints = read_checkpoints(migration.target, "reviews").values()
        assert {(one.table, one.rows, one.finished) for one in checkpoints} == {
            ("reviews_review", 9, True),
            ("product", 2, True),
            ("reviews_vote", 9, True),
        }
    assert case.target_rows("SELECT count(*) FROM review") == case.target_rows("SELECT count(*) FROM vote") == [(9,)]
