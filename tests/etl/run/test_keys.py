"""Keys are away while tables are filled, and are what they were afterwards, whatever happens in between."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from itertools import count

import psycopg
import pytest

from strangler.demo.postgres import PostgresServer
from strangler.model.progress import SilentProgress
from strangler.project_reader import parse_project
from strangler_etl.copying import backfill as backfill_module
from strangler_etl.copying.backfill import backfill
from strangler_etl.copying.cleaning import clean
from strangler_etl.errors import BackfillError, TooManyRejectsError
from strangler_etl.etl_status import etl_status
from strangler_etl.migration import Migration, open_migration
from strangler_etl.run.keys import drop_keys, keys_away
from strangler_etl.run.pace import Pace
from strangler_etl.run.references import drop_references
from strangler_etl.run.rejects import read_rejects
from strangler_etl.run.settings import RunSettings
from tests.etl.copied_case import verified

pytestmark = pytest.mark.postgres

_PROJECT = parse_project("""
[monolith]
database = "${SOURCE}"
[services.members]
tables = ["club", "member"]
database = "${TARGET}"
[etl.members.tables.club]
target = "club"
columns = { id = { key = "source" }, name = "name" }
[etl.members.tables.member]
target = "member"
columns = { id = { key = "uuid" }, number = { key = "source" }, club_id = "club_id", place = "place", email = "email" }
""")
_SOURCE = """
CREATE TABLE club (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE member (id bigint PRIMARY KEY, club_id bigint NOT NULL, place integer, email text);
INSERT INTO club SELECT n, 'club ' || n FROM generate_series(1, 5) AS n;
INSERT INTO member SELECT n, 1 + n % 5, n, 'member' || n || '@example.org' FROM generate_series(1, 20) AS n
"""
_TARGET = """
CREATE TABLE club (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE member (id uuid, number bigint NOT NULL CONSTRAINT "their 'number'" UNIQUE,
    club_id bigint NOT NULL REFERENCES club, place integer, email text,
    CONSTRAINT member_key PRIMARY KEY (id) INCLUDE (email),
    UNIQUE (club_id, place) DEFERRABLE INITIALLY DEFERRED);
CREATE UNIQUE INDEX "By email" ON member (email DESC NULLS LAST, place);
COMMENT ON CONSTRAINT member_key ON member IS 'it''s a 100 % comment';
COMMENT ON INDEX "By email" IS 'another';
COMMENT ON INDEX club_pkey IS 'of the index'
"""
_SCHEMA = """
SELECT 1, conname::text, pg_get_constraintdef(oid), obj_description(oid, 'pg_constraint') FROM pg_constraint
 WHERE conrelid IN ('club'::regclass, 'member'::regclass)
UNION ALL
SELECT 2, indexrelid::regclass::text, pg_get_indexdef(indexrelid), obj_description(indexrelid, 'pg_class')
  FROM pg_index WHERE indrelid IN ('club'::regclass, 'member'::regclass)
UNION ALL
SELECT 3, attrelid::regclass::text, attname::text, attnotnull::text FROM pg_attribute
 WHERE attrelid IN ('club'::regclass, 'member'::regclass) AND attnum > 0
 ORDER BY 1, 2, 3
"""
_ALL = {"By email", "club_pkey", "member_club_id_place_key", "member_key", "their 'number'"}


@pytest.fixture
def environment(postgres: PostgresServer, request: pytest.FixtureRequest) -> Mapping[str, str]:
    """The addresses of both databases, with the tables and the source's rows."""
    made: dict[str, str] = {}
    for side, statements in (("SOURCE", _SOURCE), ("TARGET", _TARGET)):
        made[side] = postgres.create_database(f"{side.lower()}_{abs(hash(request.node.nodeid))}")
        _execute(made[side], statements)
    return made


def _execute(address: str, statements: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statements.encode())


@contextmanager
def _opened(environment: Mapping[str, str]) -> Generator[Migration]:
    with open_migration(_PROJECT, "members", environment) as migration:
        migration.install()
        yield migration


def _run(migration: Migration, look: Callable[[float], object] = bool, *, keys_last: int = 0, most: int = 100) -> None:
    """Copy in chunks of three rows; `look` is called whenever somebody asks for the time."""

    def ticks() -> Iterator[float]:
        for now in count():
            look(now)
            yield now

    times = ticks()
    backfill(
        migration,
        SilentProgress(),
        RunSettings(Pace(3, most_chunks=1), 1, lambda: next(times), most, keys_last=keys_last),
    )


def _away(migration: Migration) -> set[str]:
    return {key.name for key in keys_away(migration.target, "members")}


def _keys(migration: Migration) -> Mapping[str, tuple[object, ...]]:
    found = migration.target.tables(["club", "member"])
    return {name: (table.columns, table.key, table.unique) for name, table in found.items()}


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_they_are_away_while_rows_come_and_are_what_they_were_in_the_end(environment: Mapping[str, str]) -> None:
    """Names, columns, options and comments, and that columns of a key are not NULL."""
    with _opened(environment) as migration:
        before = migration.target.rows(_SCHEMA)
        tables = _keys(migration)

        def look(_: float) -> None:
            assert _away(migration) == _ALL
            assert migration.target.unique_keys(["club", "member"]) == []
            # Nobody who looks at the mapping meanwhile takes it for another.
            assert _keys(migration) == tables

        _run(migration, look)
        assert migration.target.rows(_SCHEMA) == before
        assert _away(migration) == set()
        assert verified(migration).clean


@pytest.mark.parametrize("end", [_run, clean])
@pytest.mark.parametrize("where", ["while rows come", "as keys are made"])
def test_a_run_that_is_killed_leaves_them_to_the_next(
    environment: Mapping[str, str], end: Callable[[Migration], object], where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who looks meanwhile is told; nothing is verified, and no journal is taken for one of other keys."""
    with _opened(environment) as migration:
        before = migration.target.rows(_SCHEMA)
        with monkeypatch.context() as patch:
            if where == "as keys are made":
                patch.setattr(backfill_module, "make_keys", _killed)
            with pytest.raises(KeyboardInterrupt):
                _run(migration, lambda now: _killed() if now > 9 and where == "while rows come" else None)
    with _opened(environment) as migration:
        assert set(etl_status(migration).dropped_keys) == _ALL
        assert migration.journal_faults == ()
        with pytest.raises(BackfillError, match=r"to be made again|not copied"):
            verified(migration)
        end(migration)
        assert migration.target.rows(_SCHEMA) == before
        assert _away(migration) == set()
        if end is _run:
            assert verified(migration).clean


def _two_of_one_kind(environment: Mapping[str, str]) -> None:
    """Rows 7, 8 and 9 have the email and the place of 2; NULL is nobody else's."""
    _execute(
        environment["SOURCE"],
        "UPDATE member SET email = 'member2@example.org', place = 2 WHERE id IN (7, 8, 9);"
        " UPDATE member SET email = NULL WHERE id > 15",
    )


@pytest.mark.parametrize("keys_last", [0, 1_000_000])
def test_rows_with_the_values_of_another_are_set_aside(environment: Mapping[str, str], *, keys_last: int) -> None:
    """The same rows for the same reason, whether the keys are there while rows come or not."""
    _two_of_one_kind(environment)
    with _opened(environment) as migration:
        before = migration.target.rows(_SCHEMA)
        with pytest.raises(TooManyRejectsError):
            _run(migration, keys_last=keys_last, most=2)
        _run(migration, keys_last=keys_last)
        rejects = {reject.key: reject.reason for reject in read_rejects(migration.target, "members")}
        reason = 'duplicate key value violates unique constraint "By email"'
        assert {key: rejects[key] for key in ("8", "9")} == {"8": reason, "9": reason}
        # It has the place of 2, too, in the same club: whichever is looked at first.
        assert rejects.keys() == {"7", "8", "9"}
        assert "duplicate key value violates unique constraint" in rejects["7"]
        assert migration.target.rows("SELECT count(*) FROM member") == [(17,)]
        assert migration.target.rows(_SCHEMA) == before
        migration.source.execute("UPDATE member SET place = id, email = NULL WHERE id IN (7, 8, 9)")
        _run(migration)
        assert read_rejects(migration.target, "members") == ()
        assert etl_status(migration).tables[1].copied == 20
        assert verified(migration).clean


def test_they_are_made_as_soon_as_a_row_has_to_be_found_again(environment: Mapping[str, str]) -> None:
    """What changed among the rows that are copied is applied before further ones come; other tables go on without."""
    changes = iter(
        [
            "UPDATE member SET place = 100 WHERE id = 1",
            "DELETE FROM member WHERE id = 2; UPDATE member SET id = 19 WHERE id = 3 AND false",
            "UPDATE member SET id = 2 WHERE id = 20; INSERT INTO member VALUES (30, 1, 30, NULL)",
        ]
    )
    with _opened(environment) as migration:
        before = migration.target.rows(_SCHEMA)
        seen: list[set[str]] = []

        def look(_: float) -> None:
            seen.append(_away(migration))
            if migration.target.rows("SELECT count(*) > 2 FROM member") == [(True,)] and (change := next(changes, "")):
                _execute(environment["SOURCE"], change)

        _run(migration, look)
        assert _ALL in seen
        assert {"club_pkey"} in seen or set() in seen
        assert migration.target.rows(_SCHEMA) == before
        assert migration.target.rows("SELECT count(*), max(place) FROM member") == [(20, 100)]
        assert verified(migration).clean


def test_a_row_that_fits_not_at_all_is_set_aside_with_the_keys_in_place(environment: Mapping[str, str]) -> None:
    """To take a chunk apart needs them."""
    _execute(environment["TARGET"], "ALTER TABLE member ADD CHECK (place <> 11)")
    _two_of_one_kind(environment)
    with _opened(environment) as migration:
        before = migration.target.rows(_SCHEMA)
        _run(migration)
        assert {reject.key for reject in read_rejects(migration.target, "members")} == {"7", "8", "9", "11"}
        assert migration.target.rows(_SCHEMA) == before
        assert etl_status(migration).tables[1].copied == 16


def test_a_table_somebody_reads_keeps_them(environment: Mapping[str, str]) -> None:
    """To take them away needs the table for itself, and is not worth a wait; a foreign key that stays keeps them."""
    with _opened(environment) as migration:

        def away() -> set[str]:
            drop_keys(migration.source, migration.target, migration.mapping, migration.mapping.tables)
            return _away(migration)

        assert away() == set()
        drop_references(migration.target, migration.mapping, every=False)
        with psycopg.connect(environment["TARGET"]) as reader:
            reader.execute("SELECT FROM member")
            assert away() == set()
        assert away() == _ALL
