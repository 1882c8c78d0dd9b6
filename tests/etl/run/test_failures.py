"""Whatever fails while rows are copied, the next run copies the rest: nothing is lost, nothing is there twice."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import psycopg
import pytest
from psycopg import sql

from strangler.demo.postgres import FORGETFUL, PostgresServer, postgres_server
from strangler.demo.processes import Processes
from strangler.model.errors import ExitCode
from strangler.model.progress import SilentProgress
from strangler.secret import DatabaseUrl
from strangler_etl.copying.backfill import backfill
from strangler_etl.errors import DatabaseError
from strangler_etl.migration import Migration
from strangler_etl.run.pace import Pace
from strangler_etl.run.rate import Rate, RateUnit
from strangler_etl.run.settings import RunSettings
from strangler_etl.run.throttle import Throttle
from tests.etl.copied_case import seed_reviews, verified
from tests.etl.reviews_case import POSTGRES_SOURCE, POSTGRES_TARGET, ROWS, ReviewsCase

on_postgres = [pytest.mark.postgres, pytest.mark.parametrize("case", ["postgres"], indirect=True)]
Side = Literal["SOURCE", "TARGET"]
MIB = 1 << 20


def _run(migration: Migration, clock: Iterator[float] | None = None, jobs: int = 2) -> None:
    now = time.monotonic if clock is None else lambda: next(clock)
    backfill(migration, SilentProgress(), RunSettings(Pace(5, most_chunks=2), jobs, now))


def _fails_and_goes_on(case: ReviewsCase, failing: Callable[[Migration], None], reviews: int) -> str:
    """Let a run fail, users write, and another one finish; the message of the first."""
    with case.migration() as migration:
        migration.install()
        with pytest.raises(DatabaseError) as caught:
            failing(migration)
    assert caught.value.exit_code is ExitCode.ENVIRONMENT
    case.monolith.execute("UPDATE reviews_review SET text = 'changed' WHERE id = 2")
    with case.migration() as migration:
        _run(migration)
        assert verified(migration).clean
        found = migration.target.rows("SELECT count(*), count(DISTINCT number) FROM review")
        assert found == [(reviews, reviews)]
        assert migration.target.rows("SELECT count(*) FROM vote") == [(reviews,)]
    return caught.value.what


def _terminate(case: ReviewsCase, side: Side) -> int:
    """End strangler's connections to a database, but for those of users; return how many there were."""
    users = (case.monolith if side == "SOURCE" else case.service).rows("SELECT pg_backend_pid()")
    with psycopg.connect(case.environment[side], autocommit=True) as administrator:
        return administrator.execute(
            "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
            " WHERE application_name = 'strangler' AND datname = current_database() AND pid <> %s",
            users[0],
        ).fetchall()[0][0]


class _Interrupted(Throttle):
    """Does something when the second block of a chunk has been handed over."""

    def __init__(self, act: Callable[[], object]) -> None:
        super().__init__(lambda: None)
        self._act = act
        self._blocks = 0

    def count(self, amount: int, unit: RateUnit) -> None:
        """Count blocks."""
        super().count(amount, unit)
        self._blocks += unit is RateUnit.BYTES
        if self._blocks == 2:
            self._act()


class _BetweenWaves(Throttle):
    """Does something before the second wave."""

    def __init__(self, act: Callable[[], object]) -> None:
        super().__init__(lambda: None)
        self._act = act
        self._waves = 0

    def wait(self) -> None:
        """Count waves."""
        self._waves += 1
        if self._waves == 2:
            self._act()


@pytest.mark.parametrize("side", ["SOURCE", "TARGET"])
class TestLostConnections:
    """A server that restarts, an administrator who ends sessions, a network that is gone."""

    pytestmark = on_postgres

    def test_between_two_chunks(self, case: ReviewsCase, side: Side) -> None:
        """Every connection is lost, those of the lanes too, which have nothing to do."""
        seed_reviews(case, 30)

        def ticks() -> Iterator[float]:
            yield from range(4)
            assert _terminate(case, side) >= 3
            yield from range(4, 1_000)

        _fails_and_goes_on(case, lambda migration: _run(migration, ticks()), 30)

    def test_within_a_chunk(self, case: ReviewsCase, side: Side) -> None:
        """Blocks are on their way: what the chunk has written is undone by the server."""
        _seed_large(case)

        def run(migration: Migration) -> None:
            def interrupted(_read: Callable[[], Rate | None]) -> Throttle:
                return _Interrupted(lambda: _terminate(case, side))

            backfill(migration, SilentProgress(), RunSettings(Pace(400), throttle=interrupted))

        _fails_and_goes_on(case, run, 4_000)


def _seed_large(case: ReviewsCase) -> None:
    """Seed 4,000 reviews of 8 kB, and votes."""
    case.monolith.execute(
        "INSERT INTO reviews_review (id, product_id, text, rating)"
        " SELECT n, 1, repeat('x', 8000), 5 FROM generate_series(1, 4000) AS n"
    )
    case.monolith.execute(
        "INSERT INTO reviews_vote (id, review_id, customer, value)"
        " SELECT n, n, 'ann', 1 FROM generate_series(1, 4000) AS n"
    )


@contextmanager
def _files_of_at_most(size: int) -> Generator[None]:
    """Let programs that are started meanwhile write no larger files: as if the disk were full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.postgres
def test_a_full_disk_of_the_target_server(postgres: PostgresServer, tmp_path: Path) -> None:
    """The server cannot extend a file: its own words are passed on; with more room, after a restart, it goes on."""
    with Processes(tmp_path) as processes, postgres_server(processes, FORGETFUL) as full:
        urls = postgres.create_database("full_disk_source"), full.create_database("full_disk_target")
        for url, script in zip(urls, (POSTGRES_SOURCE + ROWS, POSTGRES_TARGET), strict=True):
            with psycopg.connect(url) as owner:
                owner.execute(script.encode())
        with psycopg.connect(urls[1]) as owner:
            # Not compressed.
            owner.execute("ALTER TABLE review ALTER body SET STORAGE EXTERNAL")
        full.stop()
        with _files_of_at_most(20 * MIB):
            full.start()
        case = ReviewsCase(*map(DatabaseUrl, urls))
        _seed_large(case)
        with case.migration() as migration:
            migration.install()
            with pytest.raises(DatabaseError, match=r"could not (extend|write)"):
                backfill(migration, SilentProgress(), RunSettings(Pace(400)))
            assert migration.target.rows("SELECT count(*) BETWEEN 1 AND 3999 FROM review") == [(True,)]
        case.close()
        full.restart()
        with case.migration() as migration:
            backfill(migration, SilentProgress(), RunSettings(Pace(400)))
            assert verified(migration).clean
            assert migration.target.rows("SELECT count(*), count(DISTINCT number) FROM review") == [(4_000, 4_000)]


@pytest.mark.parametrize("case", ["sqlite"], indirect=True)
def test_a_full_disk_of_a_sqlite_file(case: ReviewsCase) -> None:
    """SQLite says so itself, at a limit of pages."""
    seed_reviews(case, 400)

    def run(migration: Migration) -> None:
        pages = migration.target.rows("PRAGMA page_count")[0][0]
        migration.target.rows(f"PRAGMA max_page_count = {int(str(pages)) + 8}")
        _run(migration)

    assert _fails_and_goes_on(case, run, 400) == "database or disk is full"


@pytest.mark.postgres
@pytest.mark.parametrize("case", ["postgres"], indirect=True)
@pytest.mark.parametrize(
    ("side", "table", "setting"),
    [
        ("SOURCE", "reviews_review", "statement_timeout"),
        ("TARGET", "review", "statement_timeout"),
        ("TARGET", "review", "lock_timeout"),
        ("SOURCE", "reviews_review", "lock_timeout"),
    ],
)
def test_time_outs(case: ReviewsCase, side: Side, table: str, setting: str) -> None:
    """Somebody keeps a table locked for longer than the database lets anybody wait."""
    seed_reviews(case, 30)
    url = case.environment[side]

    def run(migration: Migration) -> None:
        with psycopg.connect(url) as other:
            lock = sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(sql.Identifier(table))

            def between(_read: Callable[[], Rate | None]) -> Throttle:
                return _BetweenWaves(lambda: other.execute(lock))

            backfill(migration, SilentProgress(), RunSettings(Pace(5, most_chunks=2), throttle=between))

    with psycopg.connect(url, autocommit=True) as owner:
        database = sql.Identifier(owner.info.dbname)
        owner.execute(sql.SQL("ALTER DATABASE {} SET {} = '300ms'").format(database, sql.Identifier(setting)))
        with case.migration() as migration:
            migration.install()
            with pytest.raises(DatabaseError, match=r"due to (statement|lock) timeout"):
                run(migration)
        owner.execute(sql.SQL("ALTER DATABASE {} RESET {}").format(database, sql.Identifier(setting)))
    with case.migration() as migration:
        _run(migration)
        assert verified(migration).clean


@pytest.mark.postgres
@pytest.mark.parametrize("case", ["postgres"], indirect=True)
def test_the_monolith_is_only_read(case: ReviewsCase) -> None:
    """A query of a mapping that writes is refused by the source, whatever it is hidden in."""
    seed_reviews(case, 3)
    case.monolith.execute("CREATE SEQUENCE served")
    with case.migration() as migration:
        for statement in ("UPDATE reviews_review SET rating = 1", "SELECT nextval('served')"):
            with pytest.raises(DatabaseError, match="read-only transaction"), migration.source.snapshot():
                migration.source.execute(statement)
