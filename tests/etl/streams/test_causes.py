"""Events say which event has led to them."""

from __future__ import annotations

from contextlib import suppress

import pytest

from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database
from strangler_etl.following.follower import apply_forward
from strangler_etl.following.pruning import prune
from strangler_etl.streams.causes import caused_by
from strangler_etl.streams.envelope import Event
from strangler_etl.streams.table import TableStream
from tests.etl.copied_case import copied, give_to_v2, verified
from tests.etl.streams.published_case import PublishedCase, drained, publication, published

pytestmark = pytest.mark.postgres


def order(number: int, correlation: str | None) -> Event:
    """An event of another service."""
    return Event(f"v2-9-{number}", "orders", "order_upserted", "/services/orders", "1", 0.0, "{}", correlation)


def test_what_a_handler_writes_is_caused_by_its_event(published_case: PublishedCase) -> None:
    """Each statement by the event of its block, in one transaction; what is written outside of a block by none."""
    with copied(published_case, 4) as migration:
        give_to_v2(migration)
        drained(publication(migration))
        session = published_case.service
        with session.transaction():
            for number, event in enumerate((order(1, "first"), order(2, None)), 1):
                with caused_by(session, event):
                    session.execute(f"UPDATE review SET stars = 1 WHERE number = {number}")
                    session.execute(f"UPDATE review SET stars = 2 WHERE number = {number}")
            session.execute("UPDATE review SET stars = 3 WHERE number = 3")
        session.execute("UPDATE review SET stars = 4 WHERE number = 4")
        drained(publication(migration))
        events = published(TableStream(migration.target))[-6:]
        (alone, other) = (event.correlation for event in events[4:])
        assert alone != other
        assert [(event.correlation, event.causation) for event in events] == [
            *[("first", "v2-9-1")] * 2,
            *[("v2-9-2", "v2-9-2")] * 2,
            (alone, None),
            (other, None),
        ]


def test_what_is_undone_causes_nothing_and_what_is_pruned_leaves_nothing(published_case: PublishedCase) -> None:
    """Also a part of a transaction that is undone alone."""
    with copied(published_case, 2) as migration:
        session = published_case.monolith
        with session.transaction():
            with suppress(ValueError), session.transaction(), caused_by(session, order(1, None)):
                session.execute("UPDATE reviews_review SET rating = 1 WHERE id = 1")
                raise ValueError
            session.execute("UPDATE reviews_review SET rating = 2 WHERE id = 1")
            with caused_by(session, order(2, None)):
                session.execute("UPDATE reviews_review SET rating = 3 WHERE id = 2")
        drained(publication(migration))
        assert [event.causation for event in published(TableStream(migration.target))[-2:]] == [None, "v2-9-2"]
        assert migration.source.rows("SELECT count(*) FROM strangler.journal_cause") == [(2,)]
        apply_forward(migration.source, migration.target, migration.mapping)
        verified(migration)
        drained(publication(migration))
        prune(migration, ())
        assert migration.source.rows("SELECT count(*) FROM strangler.journal_cause") == [(0,)]


def test_a_database_without_a_journal_is_written_to_as_ever(postgres_database: str) -> None:
    """Where nobody publishes the changes."""
    with open_database(DatabaseUrl(postgres_database)) as own, caused_by(own, order(1, None)):
        assert own.rows("SELECT 1") == [(1,)]
