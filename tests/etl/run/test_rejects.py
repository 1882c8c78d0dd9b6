"""Rows that do not fit the target are set aside with why, and all others arrive."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence

import psycopg
import pytest

from strangler.model.errors import ExitCode
from strangler.model.progress import SilentProgress
from strangler_etl.copying.backfill import CopiedTable, backfill
from strangler_etl.copying.cleaning import clean
from strangler_etl.engine.database import Database, Upsert
from strangler_etl.errors import DatabaseError, TooManyRejectsError
from strangler_etl.etl_status import etl_status
from strangler_etl.following.follower import apply_forward
from strangler_etl.migration import Migration
from strangler_etl.run.pace import Pace
from strangler_etl.run.rejects import read_rejects
from strangler_etl.run.settings import RunSettings
from tests.etl.copied_case import seed_reviews, verified
from tests.etl.reviews_case import ReviewsCase

REVIEWS = "SELECT number FROM review ORDER BY number"
VOTES = "SELECT number FROM vote ORDER BY number"


def _run(migration: Migration, most: int = 100, rows: int = 8, jobs: int = 2) -> Sequence[CopiedTable]:
    settings = RunSettings(Pace(rows, most_chunks=2), jobs, time.monotonic, most)
    return backfill(migration, SilentProgress(), settings)


def _three_alike(case: ReviewsCase) -> None:
    """Seed 30 reviews of which three say the same, where the service allows each text once."""
    seed_reviews(case, 30)
    case.service.execute("CREATE UNIQUE INDEX one_body ON review (body)")
    case.monolith.execute("UPDATE reviews_review SET text = 'text 6' WHERE id IN (7, 28)")


def test_violators_are_set_aside_and_explained(case: ReviewsCase) -> None:
    """What refers to them is, too; verification and status say so, and the next run takes what was mended."""
    _three_alike(case)
    with case.migration() as migration:
        migration.install()
        reviews, _, votes = _run(migration)
        assert [reject.key for reject in reviews.rejects] == ["7", "28"]
        assert [reject.key for reject in votes.rejects] == ["7", "28"]
        assert all("unique" in reject.reason.lower() for reject in reviews.rejects)
        assert all("foreign key" in reject.reason for reject in votes.rejects)
        assert json.loads(reviews.rejects[0].image)["body"] == "text 6"
        assert "text 6" not in repr(reviews.rejects[0])
        expected = [(number,) for number in range(1, 31) if number not in {7, 28}]
        assert case.target_rows(REVIEWS) == case.target_rows(VOTES) == expected
        assert [table.set_aside for table in etl_status(migration).tables] == [2, 0, 2]
        found = verified(migration)
        assert (found.differing, found.set_aside, found.clean) == (0, 4, False)
        case.monolith.execute("UPDATE reviews_review SET text = 'mended' WHERE id = 7")
        assert sum(len(table.rejects) for table in _run(migration)) == 2
        case.monolith.execute("UPDATE reviews_review SET text = 'mended as well' WHERE id = 28")
        _run(migration)
        apply_forward(migration.source, migration.target, migration.mapping)
        assert verified(migration).clean
        assert read_rejects(migration.target, "reviews") == ()


def test_a_violator_is_found_by_halves(case: ReviewsCase, monkeypatch: pytest.MonkeyPatch) -> None:
    """In steps that grow with the logarithm of the rows of its chunk, whatever the target refuses it for."""
    seed_reviews(case, 300)
    case.service.execute("CREATE UNIQUE INDEX one_body ON review (body)")
    case.monolith.execute("UPDATE reviews_review SET text = 'text 6' WHERE id = 250")
    case.monolith.execute("DELETE FROM reviews_vote")
    steps: list[str] = []
    with case.migration() as migration:
        migration.install()
        kind, name = type(migration.target), "_write"
        write: Callable[[Database, Upsert], None] = getattr(kind, name)

        def counted(target: Database, upsert: Upsert) -> None:
            steps.append(upsert.table)
            write(target, upsert)

        monkeypatch.setattr(kind, name, counted)
        reviews, _, _ = _run(migration, rows=400)
        assert [reject.key for reject in reviews.rejects] == ["250"]
    assert steps.count("review") < 60


def test_a_batch_that_fails_says_so_once(case: ReviewsCase, caplog: pytest.LogCaptureFixture) -> None:
    """The driver logs nothing beside it, which would stand among the messages of the command."""
    _three_alike(case)
    with case.migration() as migration:
        migration.install()
        _run(migration)
    assert not [record for record in caplog.records if record.name.startswith("psycopg")]


def test_too_many_end_the_run_and_nothing_is_lost(case: ReviewsCase) -> None:
    """One of them is named; a later run may allow more."""
    _three_alike(case)
    with case.migration() as migration:
        migration.install()
        with pytest.raises(TooManyRejectsError) as caught:
            _run(migration, most=1)
        assert "--max-rejects" in str(caught.value)
        assert caught.value.exit_code is ExitCode.INPUT
        assert caught.value.key in {"7", "28"}
        assert sum(len(table.rejects) for table in _run(migration, most=4)) == 4
        assert verified(migration).differing == 0


def test_cleaning_takes_them_away(case: ReviewsCase) -> None:
    """They are what a run made."""
    _three_alike(case)
    with case.migration() as migration:
        migration.install()
        _run(migration)
        clean(migration)
        assert read_rejects(migration.target, "reviews") == ()


def test_the_follower_tries_them_again_when_they_change(case: ReviewsCase) -> None:
    """Still wrong: it goes on without them. Mended: they arrive. Gone: they are not set aside any more."""
    _three_alike(case)
    with case.migration() as migration:
        migration.install()
        _run(migration)

        def follow() -> set[str]:
            apply_forward(migration.source, migration.target, migration.mapping)
            return {f"{reject.table[8:]} {reject.key}" for reject in read_rejects(migration.target, "reviews")}

        case.monolith.execute("UPDATE reviews_review SET rating = 1 WHERE id IN (1, 7)")
        assert follow() == {"review 7", "review 28", "vote 7", "vote 28"}
        assert case.target_rows("SELECT stars FROM review WHERE number = 1") == [(1,)]
        case.monolith.execute("UPDATE reviews_review SET text = 'mended' WHERE id = 7")
        case.monolith.execute("UPDATE reviews_vote SET value = 2 WHERE id = 7")
        assert follow() == {"review 28", "vote 28"}
        case.monolith.execute("DELETE FROM reviews_vote WHERE id = 28")
        case.monolith.execute("DELETE FROM reviews_review WHERE id = 28")
        assert follow() == set()
        assert verified(migration).clean


def test_a_row_that_was_copied_and_fits_no_more_stops_the_follower(case: ReviewsCase) -> None:
    """Nothing is set aside behind the back of whoever looks at the lag only."""
    _three_alike(case)
    with case.migration() as migration:
        migration.install()
        _run(migration)
        case.monolith.execute("UPDATE reviews_review SET text = 'text 1' WHERE id = 2")
        with pytest.raises(DatabaseError):
            apply_forward(migration.source, migration.target, migration.mapping)


@pytest.mark.postgres
@pytest.mark.parametrize("case", ["postgres"], indirect=True)
@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("UPDATE reviews_review SET rating = 70000 WHERE id IN (3, 17)", "smallint out of range"),
        ("UPDATE reviews_review SET text = repeat('x', 60) WHERE id IN (3, 17)", "value too long"),
        ("UPDATE reviews_review SET text = '' WHERE id IN (3, 17)", 'violates check constraint "some_text"'),
    ],
    ids=["conversion in the source", "type of the target", "check"],
)
def test_every_reason(case: ReviewsCase, statement: str, reason: str) -> None:
    """Whichever side says that a row does not fit, it is found among the others, and the image has what can be read."""
    seed_reviews(case, 30)
    with psycopg.connect(case.environment["TARGET"]) as owner:
        owner.execute("ALTER TABLE review ALTER body TYPE varchar(50), ADD CONSTRAINT some_text CHECK (body <> '')")
    case.monolith.execute(statement)
    with case.migration() as migration:
        migration.install()
        reviews, _, _ = _run(migration)
        assert [reject.key for reject in reviews.rejects] == ["3", "17"]
        assert all(reason in reject.reason for reject in reviews.rejects)
        assert json.loads(reviews.rejects[0].image)["number"] == "3"
        assert ("stars" in json.loads(reviews.rejects[0].image)) is ("smallint" not in reason)
        found = verified(migration)
        assert (found.differing, found.set_aside) == (0, 4)
        case.monolith.execute("UPDATE reviews_review SET rating = 5, text = 'mended ' || id WHERE id IN (3, 17)")
        apply_forward(migration.source, migration.target, migration.mapping)
        _run(migration)
        assert verified(migration).clean
