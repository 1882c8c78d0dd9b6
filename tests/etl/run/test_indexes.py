"""Indexes are taken away while tables are filled, and are there again afterwards, whatever happens in between."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from strangler.demo.postgres import PostgresServer
from strangler.model.progress import SilentProgress
from strangler.project_reader import parse_project
from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database
from strangler_etl.copying import backfill as backfill_module
from strangler_etl.copying.backfill import backfill
from strangler_etl.copying.cleaning import clean
from strangler_etl.engine.schema import SecondaryIndex
from strangler_etl.errors import BackfillError
from strangler_etl.etl_status import etl_status
from strangler_etl.migration import Migration, open_migration
from strangler_etl.run.indexes import dropped_indexes
from strangler_etl.run.pace import Pace
from strangler_etl.run.settings import RunSettings
from tests.etl.copied_case import seed_reviews, verified
from tests.etl.reviews_case import ReviewsCase


def _run(migration: Migration, clock: Iterator[float] | None = None, *, indexes_last: bool = True) -> None:
    ticks = clock or iter(range(1_000_000))
    settings = RunSettings(Pace(3, most_chunks=1), 1, lambda: next(ticks), indexes_last=indexes_last)
    backfill(migration, SilentProgress(), settings)


def _index(case: ReviewsCase) -> None:
    case.service.execute('CREATE INDEX "By stars" ON review (stars) WHERE stars > 1')
    case.service.execute("CREATE INDEX by_voter ON vote (voter, value)")


def _indexes(migration: Migration) -> dict[str, list[SecondaryIndex]]:
    return {table: list(migration.target.secondary_indexes(table)) for table in ("review", "vote", "product")}


def test_they_are_away_while_rows_come_and_back_in_the_end(case: ReviewsCase) -> None:
    """As they were; what keeps values unique stays all the while."""
    seed_reviews(case, 9)
    _index(case)
    with case.migration() as migration:
        migration.install()
        if migration.target.dialect == "postgres":
            migration.target.execute("COMMENT ON INDEX by_voter IS 'it''s a 100 % comment'")
        before = _indexes(migration)
        assert {table: [index.name for index in found] for table, found in before.items()} == {
            "review": ["By stars"],
            "vote": ["by_voter"],
            "product": [],
        }

        def looks() -> Iterator[float]:
            for now in range(1_000):
                assert not any(_indexes(migration).values())
                yield now

        _run(migration, looks())
        assert _indexes(migration) == before
        if migration.target.dialect == "postgres":
            comment = "SELECT obj_description('by_voter'::regclass, 'pg_class')"
            assert migration.target.rows(comment) == [("it's a 100 % comment",)]
        assert dropped_indexes(migration.target, "reviews") == []
        assert verified(migration).clean


@pytest.mark.parametrize("indexes_last", [True, False])
def test_a_run_that_was_cut_off_leaves_them_to_the_next(case: ReviewsCase, *, indexes_last: bool) -> None:
    """Whatever that one is told; one that was made by hand meanwhile is in nobody's way."""
    seed_reviews(case, 9)
    _index(case)

    def cut_off() -> Iterator[float]:
        yield from range(5)
        raise KeyboardInterrupt

    with case.migration() as migration:
        migration.install()
        before = _indexes(migration)
        with pytest.raises(KeyboardInterrupt):
            _run(migration, cut_off())
        assert etl_status(migration).dropped_indexes == ("By stars", "by_voter")
        # SQLite learns of what others do to the schema when it reads.
        assert case.target_rows("SELECT count(*) < 9 FROM vote") == [(True,)]
        case.service.execute("CREATE INDEX by_voter ON vote (voter, value)")
        _run(migration, indexes_last=indexes_last)
        assert _indexes(migration) == before
        assert etl_status(migration).dropped_indexes == ()


def test_nothing_is_verified_while_they_are_away(case: ReviewsCase, monkeypatch: pytest.MonkeyPatch) -> None:
    """All rows are there when a run is killed as it makes them: nobody is to cut over then."""
    seed_reviews(case, 9)
    _index(case)

    def killed(*_: object) -> int:
        raise KeyboardInterrupt

    with case.migration() as migration:
        migration.install()
        with monkeypatch.context() as patch:
            patch.setattr(backfill_module, "rebuild_indexes", killed)
            with pytest.raises(KeyboardInterrupt):
                _run(migration)
        with pytest.raises(BackfillError, match="indexes are to be made again: By stars, by_voter"):
            verified(migration)
        _run(migration)
        assert verified(migration).clean


@pytest.mark.postgres
def test_those_of_other_schemas_stay(postgres_database: str) -> None:
    """An index of another table that has the same name, and would be found first."""
    with psycopg.connect(postgres_database, autocommit=True) as connection:
        connection.execute(
            "CREATE SCHEMA early; CREATE TABLE early.other (stars int); CREATE INDEX by_stars ON early.other (stars);"
            " CREATE TABLE review (stars int); CREATE INDEX by_stars ON review (stars)"
        )
    with open_database(DatabaseUrl(postgres_database)) as database:
        database.execute("SET search_path = early, public")
        (index,) = database.secondary_indexes("review")
        assert (index.name, index.written) == ("by_stars", "public.by_stars")


_TWO_SCHEMAS = """
[monolith]
database = "${SOURCE}"
[services.shop]
tables = ["item", "part"]
database = "${TARGET}"
[etl.shop.tables.item]
target = "item"
columns = { id = { key = "source" }, size = "size" }
[etl.shop.tables.part]
target = "part"
columns = { id = { key = "source" }, size = "size" }
"""


@pytest.mark.postgres
def test_indexes_of_one_name_in_two_schemas_both_come_back(postgres: PostgresServer) -> None:
    """The names of indexes are only unique within a schema."""
    environment = {side: postgres.create_database(f"two_schemas_{side.lower()}") for side in ("SOURCE", "TARGET")}
    for side, url in environment.items():
        with psycopg.connect(url) as owner:
            owner.execute(
                "CREATE SCHEMA stock; CREATE TABLE item (id int PRIMARY KEY, size int);"
                " CREATE TABLE stock.part (id int PRIMARY KEY, size int)"
            )
            owner.execute(f"ALTER DATABASE two_schemas_{side.lower()} SET search_path = public, stock".encode())
            owner.execute("CREATE INDEX by_size ON item (size); CREATE INDEX by_size ON stock.part (size DESC)")
    with open_migration(parse_project(_TWO_SCHEMAS), "shop", environment) as migration:
        migration.install()
        before = [migration.target.secondary_indexes(table) for table in ("item", "part")]
        assert [len(found) for found in before] == [1, 1]
        _run(migration)
        assert [migration.target.secondary_indexes(table) for table in ("item", "part")] == before


def test_cleaning_makes_them_again(case: ReviewsCase) -> None:
    """What a run took away is given back."""
    seed_reviews(case, 9)
    _index(case)

    def cut_off() -> Iterator[float]:
        yield from range(5)
        raise KeyboardInterrupt

    with case.migration() as migration:
        migration.install()
        before = _indexes(migration)
        with pytest.raises(KeyboardInterrupt):
            _run(migration, cut_off())
        clean(migration)
        assert _indexes(migration) == before


def test_tables_that_are_begun_keep_theirs(case: ReviewsCase) -> None:
    """Somebody may rely on them by now."""
    seed_reviews(case, 9)
    with case.migration() as migration:
        migration.install()
        _run(migration)
        _index(case)
        before = _indexes(migration)

        def looks() -> Iterator[float]:
            for now in range(1_000):
                assert _indexes(migration) == before
                yield now

        _run(migration, looks())
        assert _indexes(migration) == before
