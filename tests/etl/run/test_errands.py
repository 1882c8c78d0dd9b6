"""A chunk is plain data: whoever gets it can copy it, in another process too, and doing it twice changes nothing."""

from __future__ import annotations

import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor

import pytest

from strangler.model.progress import SilentProgress
from strangler_etl.copying.backfill import backfill
from strangler_etl.copying.postgres_lanes import Lane, LaneErrand
from strangler_etl.errors import BackfillError
from strangler_etl.run.pace import Pace
from strangler_etl.run.settings import RunSettings
from tests.etl.copied_case import seed_reviews, verified
from tests.etl.reviews_case import ReviewsCase
from tests.etl.run.errand_process import copy_alone


@pytest.mark.postgres
@pytest.mark.parametrize("case", ["postgres"], indirect=True)
def test_chunks_are_copied_by_other_processes(case: ReviewsCase, monkeypatch: pytest.MonkeyPatch) -> None:
    """They get the errand only; rows and what is noted of them are those of a run of its own."""
    seed_reviews(case, 20)
    context = multiprocessing.get_context("spawn")
    with case.migration() as migration, ProcessPoolExecutor(1, mp_context=context) as pool:
        migration.install()
        seen: list[LaneErrand] = []

        def copy(_lane: Lane, errand: LaneErrand) -> int:
            assert pickle.loads(pickle.dumps(errand)) == errand
            rows = pool.submit(copy_alone, migration.addresses, errand).result()
            with pytest.raises(BackfillError, match="another process is copying"):
                pool.submit(copy_alone, migration.addresses, errand).result()
            seen.append(errand)
            return rows

        monkeypatch.setattr(Lane, "copy", copy)
        backfill(migration, SilentProgress(), RunSettings(Pace(7, most_chunks=1), jobs=1))
        assert len(seen) >= 5
        assert verified(migration).clean
