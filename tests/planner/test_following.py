"""A follower that runs: it goes on through what happens to its databases, and stops when changes may be lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pytest

from strangler.demo.postgres import postgres_server
from strangler.demo.processes import Processes
from strangler.model.authority import Authority, Side
from strangler.model.errors import StranglerError, UnavailableError
from strangler.model.progress import SilentProgress
from strangler.planner.follower_state import lag_of, one_way, standstill
from strangler.planner.following import Following
from strangler.planner.migration_plan.data_readings import data_readings
from strangler.planner.migration_plan.progress import passed
from strangler.planner.migration_plan.reading import State
from strangler.planner.migration_plan.steps import Step
from strangler.planner.readiness import followed
from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database
from strangler_etl.copying.backfill import backfill
from strangler_etl.copying.cleaning import clean
from strangler_etl.errors import JournalError
from strangler_etl.migration import Migration
from strangler_etl.records.streams import backward_stream, read_position
from tests.etl.copied_case import give_to_v2
from tests.etl.reviews_case import POSTGRES_SOURCE, POSTGRES_TARGET, ROWS, ReviewsCase

_PATIENCE_SECONDS = 30.0


@dataclass
class Run:
    """A follower in a thread, and what it has said."""

    watermarks: list[bool] = field(default_factory=list[bool])
    troubles: list[StranglerError] = field(default_factory=list[StranglerError])
    failure: StranglerError | None = None
    gateways_away: bool = False

    def tell(self, authority: Authority, caught_up: bool) -> None:
        """Be a gateway."""
        if self.gateways_away:
            raise UnavailableError("no gateway answers")
        self.watermarks.append(caught_up)


@contextmanager
def _following(case: ReviewsCase, *, way_back: bool = True, mapped_back: bool = True) -> Generator[Run]:
    run, stop = Run(), threading.Event()

    @contextmanager
    def connect() -> Generator[Migration]:
        with case.migration() as migration:
            yield replace(migration, mapping=replace(migration.mapping, way_back=mapped_back))

    following = Following(connect, run.tell, lambda _applied: None, run.troubles.append, stop, way_back)

    def body() -> None:
        try:
            following.run()
        except StranglerError as error:
            run.failure = error

    thread = threading.Thread(target=body)
    thread.start()
    try:
        yield run
    finally:
        stop.set()
        thread.join(_PATIENCE_SECONDS)
        assert not thread.is_alive()


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline
        pause.wait(0.02)


def _copied(migration: Migration) -> None:
    migration.install()
    backfill(migration, SilentProgress())


def test_what_is_written_appears_and_gateways_hear_how_far_it_is(case: ReviewsCase) -> None:
    """Everything that was committed at one watermark is applied by the next."""
    with case.migration() as migration:
        _copied(migration)
    with _following(case) as run:
        case.monolith.execute("INSERT INTO reviews_review (product_id, text, rating) VALUES (1, 'new', 5)")
        told = len(run.watermarks)
        _until(lambda: any(run.watermarks[told + 1 :]))
        assert case.service.rows("SELECT 1 FROM review WHERE body = 'new'")
    assert run.failure is None


@pytest.mark.parametrize("mapped_back", [True, False])
def test_without_a_way_back_only_copies_of_rows_that_stay_are_followed(case: ReviewsCase, *, mapped_back: bool) -> None:
    """What the service writes stays there; the gateways hear who has the authority, and never that v1 has it all.

    Whether the command says so, or the mapping: v1 is never taken for as new as v2, and nothing is passed over.
    """
    with case.migration() as migration:
        _copied(migration)
        give_to_v2(migration)
        position = read_position(migration.source, backward_stream("reviews"))
    case.service.execute("UPDATE review SET body = 'by v2'")
    with _following(case, way_back=not mapped_back, mapped_back=mapped_back) as run:
        case.monolith.execute("UPDATE product SET name = 'renamed' WHERE id = 1")
        _until(lambda: bool(case.service.rows("SELECT 1 FROM product WHERE title = 'renamed'")))
        _until(lambda: bool(run.watermarks))
    with case.migration() as migration:
        assert read_position(migration.source, backward_stream("reviews")) == position
    assert case.monolith.rows("SELECT 1 FROM reviews_review WHERE text = 'by v2'") == []
    assert set(run.watermarks) == {False}
    assert run.failure is None


def test_a_way_back_that_was_given_up_is_known_until_it_is_taken_up(case: ReviewsCase) -> None:
    """A rollback cannot wait for such a follower; one with a way back brings all that v2 has written meanwhile."""
    with case.migration() as migration:
        _copied(migration)
        give_to_v2(migration)
        with _following(case, way_back=False):
            _until(lambda: "was given up at 20" in followed(migration, Side.V1, "reviews").found)
        assert not followed(migration, Side.V1, "reviews").holds
        assert (lag_of(migration, Side.V2), standstill(migration, Side.V2)) == (None, None)
        assert one_way(migration) == "nothing goes back: journal follow --no-way-back"
        with _following(case):
            _until(lambda: followed(migration, Side.V1, "reviews").holds)


def test_why_it_stands_still_is_known_to_others_until_it_goes_on(case: ReviewsCase) -> None:
    """What v1 refuses stays to be read, also once the follower has died; `status`, `next` and `doctor` read it."""
    rows = "(1, 'a', 1), (1, 'b', 2)"
    case.monolith.execute(f"INSERT INTO reviews_review (product_id, text, rating) VALUES {rows}")
    case.monolith.execute("CREATE UNIQUE INDEX one ON reviews_review (rating)")
    with case.migration() as migration:
        _copied(migration)
        assert standstill(migration, Side.V1) is None
        give_to_v2(migration)
        case.service.execute("UPDATE review SET stars = 3")
        with _following(case) as run:
            _until(lambda: bool(run.troubles))
            _until(lambda: standstill(migration, Side.V2) is not None)
        found = standstill(migration, Side.V2)
        assert found == f"the follower stands still: {run.troubles[0]}"
        follow = data_readings(migration)[Step.FOLLOW]
        assert (follow.found, follow.finish) == (found, "strangler journal follow reviews")
        assert passed(data_readings(migration))[Step.FOLLOW] == follow
        case.service.execute("UPDATE review SET stars = number")
        with _following(case):
            _until(lambda: standstill(migration, Side.V2) is None)


def test_a_copy_that_is_not_complete_is_not_followed(case: ReviewsCase) -> None:
    """A row the follower wrote first would be in the way of the copy; it says what it waits for, and begins alone."""
    with case.migration() as migration:
        migration.install()
        with _following(case) as run:
            case.monolith.execute("INSERT INTO reviews_review (product_id, text, rating) VALUES (1, 'new', 5)")
            _until(lambda: bool(run.troubles))
            assert case.service.rows("SELECT 1 FROM review") == []
            before = backfill(migration, SilentProgress())
            assert sum(table.copied for table in before) > 0
            case.monolith.execute("INSERT INTO reviews_review (product_id, text, rating) VALUES (1, 'newer', 5)")
            _until(lambda: bool(case.service.rows("SELECT 1 FROM review WHERE body = 'newer'")))
            clean(migration)
            case.monolith.execute("INSERT INTO reviews_review (product_id, text, rating) VALUES (1, 'newest', 5)")
            threading.Event().wait(0.3)
            assert case.service.rows("SELECT 1 FROM review") == []
        assert str(run.troubles[0]) == (
            "service reviews: not copied yet: reviews_review, product, reviews_vote; run: strangler etl run reviews"
        )
        assert run.failure is None


def test_a_gateway_that_is_away_stops_nothing(case: ReviewsCase) -> None:
    """Rows are applied all the same, and the trouble is told."""
    with case.migration() as migration:
        _copied(migration)
    with _following(case) as run:
        run.gateways_away = True
        case.monolith.execute("INSERT INTO reviews_review (product_id, text, rating) VALUES (1, 'new', 5)")
        _until(lambda: bool(case.service.rows("SELECT 1 FROM review WHERE body = 'new'")))
        _until(lambda: bool(run.troubles))
    assert run.failure is None


def test_a_table_without_journal_stops_the_follower(case: ReviewsCase) -> None:
    """A table made anew has lost its triggers: what changed in it is not known, and nobody may believe it is."""
    with case.migration() as migration:
        _copied(migration)
        migration.source.journal.remove(["reviews_vote"])
    with _following(case) as run:
        _until(lambda: run.failure is not None)
    assert isinstance(run.failure, JournalError)
    assert str(run.failure).endswith(
        "changes would be missed or misread: reviews_vote has no journal;"
        " run: strangler journal install reviews, then: strangler etl verify reviews --repair"
    )


@pytest.mark.postgres
@pytest.mark.parametrize("seed", [1, 2])
def test_a_database_that_restarts_is_waited_for(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    """Nothing written before or after an immediate shutdown is lost."""
    logs = tmp_path_factory.mktemp("restart")
    with Processes(logs) as processes, postgres_server(processes) as server:
        urls = [DatabaseUrl(server.create_database(name)) for name in ("source", "target")]
        for url, script in zip(urls, (POSTGRES_SOURCE + ROWS, POSTGRES_TARGET), strict=True):
            with open_database(url) as database:
                database.execute(script)
        case = ReviewsCase(*urls)
        with case.migration() as migration:
            _copied(migration)
        with _following(case) as run:
            for number in range(20 * seed):
                case.monolith.execute(
                    "INSERT INTO reviews_review (product_id, text, rating) VALUES (1, %s, 5)", [f"before {number}"]
                )
            case.close()
            server.restart(immediately=True)
            case.monolith, case.service = open_database(urls[0]), open_database(urls[1])
            case.monolith.execute("INSERT INTO reviews_review (product_id, text, rating) VALUES (1, 'after', 5)")
            count = [(20 * seed + 1,)]
            mine = "SELECT count(*) FROM review WHERE body LIKE 'before%' OR body = 'after'"
            _until(lambda: case.service.rows(mine) == count)
        assert run.failure is None
        case.close()


def test_a_follower_that_was_told_to_end_is_not_taken_for_dead(case: ReviewsCase) -> None:
    """As before v1 is retired: the plan goes on. One that came further since then, and is gone, has died."""
    with case.migration() as migration:
        _copied(migration)
        give_to_v2(migration)
        with _following(case) as run:
            _until(lambda: bool(run.watermarks))
        for side in (migration.source, migration.target):
            side.execute(f"UPDATE {side.own('stream_position')} SET read_at = read_at - 60")
        found = standstill(migration, Side.V2)
        assert found is not None
        assert "as it was told to, as is right before v1 is retired: nothing goes from v2 since then" in found
        follow = data_readings(migration)[Step.FOLLOW]
        assert (follow.state, follow.finish) == (State.DONE, None)
        assert follow.found == f"{found}; to go on with the way back: strangler journal follow reviews"
        own, mark = migration.source.own("stream_position"), migration.source.placeholder
        stream = backward_stream("reviews")
        migration.source.execute(f"UPDATE {own} SET read_at = read_at + 20 WHERE stream = {mark}", [stream])
        assert "it may have died" in (standstill(migration, Side.V2) or "")
        assert data_readings(migration)[Step.FOLLOW].finish == "strangler journal follow reviews"


def test_a_follower_that_works_by_another_mapping_than_the_file_is_told(case: ReviewsCase) -> None:
    """Whoever asks reads the file as it is now; no move begins meanwhile, and nothing is said of one that has ended."""
    with case.migration() as migration:
        _copied(migration)
        edited = replace(migration, mapping=replace(migration.mapping, way_back=False))
        with _following(case) as run:
            _until(lambda: bool(run.watermarks))
            assert standstill(migration, Side.V1) is None
            found = standstill(edited, Side.V1)
            assert found is not None
            assert "works by another mapping than strangler.toml and the tables give now" in found
            condition = followed(edited, Side.V2, "reviews")
            assert not condition.holds
            assert condition.found in found
        assert standstill(edited, Side.V1) is None
