"""A drill: one side of a migration is restored from pg_dump on another server, while all that reads it is attached."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from strangler.demo.postgres import FORGETFUL, installed_programs, postgres_server
from strangler.demo.processes import Processes
from strangler.model.authority import Side
from strangler.model.progress import SilentProgress
from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database
from strangler_etl.copying.backfill import backfill
from strangler_etl.engine.database import Database
from strangler_etl.engine.session import Session
from strangler_etl.errors import PutBackError
from strangler_etl.following.follower import apply_backward, apply_forward
from strangler_etl.migration import Migration
from strangler_etl.refreshing.refresh import refresh
from strangler_etl.streams.consumer import Consumer
from strangler_etl.streams.envelope import Event
from strangler_etl.streams.errors import EventGapError, StreamPutBackError
from strangler_etl.streams.replay import Replay
from strangler_etl.streams.replay_terms import ReplayTerms
from strangler_etl.streams.table import TableStream
from tests.etl.copied_case import seed_reviews, verified
from tests.etl.streams.published_case import REVIEWS, PublishedCase, drained, publication, told

pytestmark = [pytest.mark.faults, pytest.mark.postgres]
_CHANGE = "UPDATE reviews_review SET text = '{}' WHERE id = {}"


def _restored(to: str, dump: Path) -> None:
    """As an administrator does it."""
    programs = installed_programs() / "bin"
    subprocess.run([programs / "pg_restore", "--no-owner", "--exit-on-error", "--dbname", to, dump], check=True)


def _dumped(url: str, dump: Path) -> None:
    subprocess.run([installed_programs() / "bin" / "pg_dump", "-Fc", "--file", dump, url], check=True)


def _followed(migration: Migration) -> None:
    apply_forward(migration.source, migration.target, migration.mapping)
    apply_backward(migration.source, migration.target, migration.mapping)


def _consumed(own: Database, migration: Migration) -> int:
    def handle(session: Session, events: Sequence[Event]) -> None:
        for event in events:
            session.execute("DELETE FROM found WHERE id = ?", [event.subject])
            if event.type != "review_deleted":
                session.execute("INSERT INTO found VALUES (?, ?)", [event.subject, told([event])[0][3]])

    consumer, handled = Consumer("search", own, TableStream(migration.target), [REVIEWS], handle), 0
    while step := consumer.step().handled:
        handled += step
    return handled


def _ignored(session: Session, events: Sequence[Event]) -> None:
    """Handle nothing."""


@pytest.mark.parametrize("side", list(Side))
def test_a_side_restored_on_another_server_is_told_to_all_that_read_it(
    published_case: PublishedCase, tmp_path: Path, side: Side
) -> None:
    """Follower and publisher stop, and the consumer whose stream it was; what they name leads all to the same rows."""
    name = "SOURCE" if side is Side.V1 else "TARGET"
    first, dump = published_case.environment[name], tmp_path / "dump"
    (tmp_path / "search.sqlite3").touch()
    own = open_database(DatabaseUrl(f"sqlite:///{tmp_path / 'search.sqlite3'}"))
    own.execute("CREATE TABLE found (id text PRIMARY KEY, body text)")
    seed_reviews(published_case, 3)
    with published_case.migration() as migration:
        migration.install()
        backfill(migration, SilentProgress())
        _followed(migration)
        drained(publication(migration))
        _consumed(own, migration)
        _dumped(first, dump)
        published_case.write(_CHANGE.format("after the dump", 2))
        _followed(migration)
        drained(publication(migration))
        _consumed(own, migration)
    with Processes(tmp_path / "processes") as processes, postgres_server(processes, FORGETFUL) as server:
        published_case.environment[name] = server.create_database(first.rsplit("/", 1)[1].split("?")[0])
        _restored(published_case.environment[name], dump)
        with (
            published_case.migration() as migration,
            open_database(DatabaseUrl(published_case.environment["SOURCE"])) as monolith,
        ):
            monolith.execute(_CHANGE.format("on the new server", 3))
            with pytest.raises(PutBackError):
                _followed(migration)
            with pytest.raises(EventGapError, match="put back"):
                drained(publication(migration))
            if side is Side.V2:
                with pytest.raises(StreamPutBackError):
                    _consumed(own, migration)
                Consumer("search", own, TableStream(migration.target), [REVIEWS], _ignored).inbox.begin_anew()
                own.execute("DELETE FROM found")
            refresh(migration, SilentProgress())
            _followed(migration)
            stream = TableStream(migration.target)
            Replay(migration, publication(migration, stream), stream).run(ReplayTerms("rows-1", rows=True))
            monolith.execute(_CHANGE.format("later", 1))
            _followed(migration)
            assert drained(publication(migration)) == 1
            _consumed(own, migration)
            assert verified(migration).clean
            second = "text 2" if side is Side.V1 else "after the dump"
            there = migration.target.rows("SELECT body FROM review ORDER BY number")
            assert there == [("later",), (second,), ("on the new server",)]
            assert {*own.rows("SELECT body FROM found")} == {*there}
    own.close()
