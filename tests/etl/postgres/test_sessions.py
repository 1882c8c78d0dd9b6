"""What a connection of strangler's own relies on, whatever the server's defaults are."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
import pytest

from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database
from strangler_etl.engine.database import Database, StreamPosition
from strangler_etl.errors import DatabaseError
from strangler_etl.following.follower import apply_forward
from strangler_etl.postgres.refusal import mend_of_time_out
from strangler_etl.records.streams import advance_position, forward_stream, read_position
from tests.etl.copied_case import copied
from tests.etl.postgres.pooler import Pooling, pooled
from tests.etl.reviews_case import ReviewsCase


def _setting(database: Database, name: str) -> object:
    return database.rows(f"SHOW {name}")[0][0]


@pytest.mark.postgres
@pytest.mark.parametrize("case", ["postgres"], indirect=True)
def test_defaults_of_the_database_do_not_weaken_a_move(case: ReviewsCase) -> None:
    """A fence whose commit could get lost in a crash, or a transaction that does not see what it waited for."""
    url = DatabaseUrl(case.environment["SOURCE"])
    with psycopg.connect(url.reveal(), autocommit=True) as owner:
        row = owner.execute("SELECT current_database()").fetchone()
        assert row is not None
        for setting in ("synchronous_commit = off", "default_transaction_isolation = 'serializable'"):
            owner.execute(f'ALTER DATABASE "{row[0]}" SET {setting}'.encode())
    with open_database(url) as database:
        assert _setting(database, "synchronous_commit") == "on"
        assert _setting(database, "transaction_isolation") == "read committed"


@pytest.mark.postgres
def test_one_side_may_wait_for_the_other(postgres_database: str) -> None:
    """A role that is soon bored would end the session that waits; it is still ended when nobody comes for an hour."""
    names = ("idle_in_transaction_session_timeout", "idle_session_timeout")
    with psycopg.connect(postgres_database, autocommit=True) as owner:
        for name in names:
            owner.execute(f'ALTER DATABASE "{owner.info.dbname}" SET {name} = 1000'.encode())
    with open_database(DatabaseUrl(postgres_database)) as database:
        with database.patience(1):
            assert _setting(database, names[0]) == "2s"
        assert [_setting(database, name) for name in names] == ["1h", "1h"]


@pytest.mark.postgres
@pytest.mark.parametrize(("set_", "kept"), [("0", "0"), ("2h", "2h")])
def test_a_limit_of_idle_sessions_is_never_lowered(postgres_database: str, set_: str, kept: str) -> None:
    """Who waits for an index to be built on the other side may wait for as long as the server allows."""
    names = ("idle_in_transaction_session_timeout", "idle_session_timeout")
    with psycopg.connect(postgres_database, autocommit=True) as owner:
        for name in names:
            owner.execute(f"ALTER DATABASE \"{owner.info.dbname}\" SET {name} = '{set_}'".encode())
    with open_database(DatabaseUrl(postgres_database)) as database:
        assert [_setting(database, name) for name in names] == [kept, kept]


@pytest.mark.parametrize("state", ["25P03", "57P05"])
def test_what_is_said_of_an_idle_session_is_not_overridden_by_the_next(state: str) -> None:
    """Its hour is longer than fifteen minutes; no limit is left as it is."""
    mend = mend_of_time_out(state, "terminating connection")
    assert mend is not None
    assert "15min" not in mend
    assert "timeout = 0" in mend


@pytest.mark.postgres
def test_a_time_out_says_whose_it_is(postgres_database: str) -> None:
    """The limits of statements are the server's to set: what to change is said."""
    with open_database(DatabaseUrl(postgres_database)) as database:
        database.execute("SET statement_timeout = 50")
        with pytest.raises(DatabaseError, match=r"ALTER ROLE \.\.\. SET statement_timeout"):
            database.rows("SELECT pg_sleep(5)")


@contextmanager
def _pooled(url: str, pooling: Pooling) -> Generator[DatabaseUrl]:
    address = urlsplit(url)
    with pooled(address.hostname or "", address.port or 0, pooling) as port:
        yield DatabaseUrl(url.replace(f":{address.port}/", f":{port}/"))


@pytest.mark.postgres
@pytest.mark.parametrize("pooling", [Pooling.KEPT, Pooling.KEPT_SILENTLY])
def test_a_pooler_that_keeps_sessions_may_have_none_left(
    postgres_database: str, pooling: Pooling, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That a further session is refused, or waited for in vain, does not mean that the first is shared."""
    monkeypatch.setattr("strangler_etl.postgres.pooling.WAIT_SECONDS", 0.2)
    with _pooled(postgres_database, pooling) as url, open_database(url) as database:
        assert database.rows("SELECT 1") == [(1,)]


@pytest.mark.postgres
def test_a_pooler_that_shares_sessions_is_refused(postgres_database: str) -> None:
    """A lock of a session would be that of whoever comes next."""
    refused = pytest.raises(DatabaseError, match=r"gives every transaction another session.*pool_mode = session")
    with _pooled(postgres_database, Pooling.SHARED) as url, refused:
        open_database(url)


@pytest.mark.postgres
@pytest.mark.parametrize("case", ["postgres"], indirect=True)
def test_a_process_that_stands_still_does_not_keep_the_tables_locked(case: ReviewsCase) -> None:
    """Its host may have lost its power: without a limit the server would wait for it for hours."""

    def stand_still() -> None:
        with (
            open_database(DatabaseUrl(case.environment["SOURCE"])) as guard,
            guard.patience(0.1),
            guard.locked(["reviews_review"], 5),
        ):
            case.monolith.execute("INSERT INTO reviews_review (product_id, text, rating) VALUES (1, 'waited', 5)")
            assert case.source_rows("SELECT text FROM reviews_review") == [("waited",)]
            guard.rows("SELECT 1")

    with pytest.raises(DatabaseError):
        stand_still()


def test_sqlite_commits_survive_a_loss_of_power(case: ReviewsCase) -> None:
    """Of a fence in one file and an opening in the other, not only the second may be left."""
    if case.monolith.dialect == "sqlite":
        assert case.monolith.rows("PRAGMA synchronous") == [(2,)]


def test_a_database_that_was_put_back_is_not_followed(case: ReviewsCase) -> None:
    """After a restore it gives the same numbers to other changes, which would be taken for known."""
    with copied(case) as migration:
        apply_forward(migration.source, migration.target, migration.mapping)
        stream = forward_stream("reviews")
        known = read_position(migration.target, stream)
        later = "9999999:9999999:" if case.monolith.dialect == "postgres" else "9999999"
        with migration.target.transaction():
            advance_position(migration.target, stream, known, StreamPosition(later, known.read_at))
        case.monolith.execute("UPDATE reviews_review SET text = 'new' WHERE id = 1")
        with pytest.raises(DatabaseError, match="put back to an earlier state"):
            apply_forward(migration.source, migration.target, migration.mapping)
        assert case.target_rows("SELECT body FROM review WHERE number = 1") == [("text 1",)]


@pytest.mark.postgres
@pytest.mark.parametrize("case", ["postgres"], indirect=True)
def test_a_change_that_can_not_be_journaled_is_let_through_and_leaves_a_gap(case: ReviewsCase) -> None:
    """The monolith goes on; that something is missing is known once its transaction is over."""
    with copied(case) as migration:
        before = len(migration.source.journal.gaps(["reviews_review"]))
        with psycopg.connect(case.environment["SOURCE"], autocommit=True) as owner:
            owner.execute("ALTER TABLE strangler.journal ADD CONSTRAINT full_disk CHECK (operation <> 'U')")
        case.monolith.execute("UPDATE reviews_review SET text = 'let through' WHERE id = 1")
        assert case.source_rows("SELECT text FROM reviews_review WHERE id = 1") == [("let through",)]
        gaps = migration.source.journal.gaps(["reviews_review"])
        assert len(gaps) == before + 1
        assert gaps[0].startswith("reviews_review: ")
        assert "full_disk" in gaps[0]
        assert all("full_disk" not in gap for gap in migration.source.journal.gaps(["reviews_vote"]))
