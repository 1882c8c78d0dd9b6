"""What is found of a service's events: a publisher or consumer that is gone is told from one that is well."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import pytest

from strangler.planner.event_examination import event_findings
from strangler.secret import DatabaseUrl, Reference
from strangler_etl.connection import open_database
from strangler_etl.engine.session import Session
from strangler_etl.examination.finding import Finding
from strangler_etl.migration import Migration
from strangler_etl.streams.consumer import Consumer
from strangler_etl.streams.envelope import Event
from strangler_etl.streams.metrics import publisher_metrics
from strangler_etl.streams.nats import NatsStream
from strangler_etl.streams.publication_state import publication_state
from strangler_etl.streams.table import TableStream
from tests.etl.streams.published_case import REVIEWS, PublishedCase, drained, publication

pytestmark = pytest.mark.postgres


def refuse(session: Session, events: Sequence[Event]) -> None:
    """Handle nothing."""
    raise ValueError(f"{session.dialect}: {len(events)}")


def accept(session: Session, events: Sequence[Event]) -> None:
    """Handle everything."""


def told(migration: Migration, case: PublishedCase, after: float = 0.0) -> list[tuple[str, str, str]]:
    """Level, name and the first words of each finding, so many seconds from now."""
    found: list[Finding] = [*event_findings(migration, case.environment, time.time() + after)]
    return [(str(one.level), one.name, " ".join(one.found.split()[:3])) for one in found]


def test_what_does_not_run_is_told_from_what_is_well(published_case: PublishedCase) -> None:
    """Nothing where there are no events; what nobody has declared is told once something was published."""
    with published_case.installed() as silent:
        assert told(silent, published_case) == []
        service = replace(
            silent.service, consumers={"search": Reference("${TARGET}", "[services.reviews.events.consumers.search]")}
        )
        migration = replace(silent, service=service)
        never = ("warning", "consumer search", "has never run")
        assert told(migration, published_case) == [("warning", "events", "nothing was published"), never]
        published_case.write("INSERT INTO reviews_review (id, product_id, text, rating) VALUES (1, 1, 'fine', 5)")
        drained(publication(migration))
        well = ("ok", "events", "0.0 s behind,")
        assert told(silent, published_case) == [well]
        assert told(migration, published_case) == [well, never]
        with open_database(DatabaseUrl(published_case.environment["TARGET"])) as own:
            Consumer("search", own, TableStream(own), [REVIEWS], accept).step()
            assert told(migration, published_case) == [well, ("ok", "consumer search", "0 events waiting,")]
            assert told(migration, published_case, 61)[1:] == [("problem", "consumer search", "has asked for")]
            published_case.write("UPDATE reviews_review SET rating = 4")
            drained(publication(migration))
            Consumer("search", own, TableStream(own), [REVIEWS], refuse, tries=1).step()
            assert told(migration, published_case)[1:] == [("problem", "consumer search", "could not handle")]
            migration.target.execute("UPDATE strangler.event_stream SET envelope = envelope || ' '")
            assert told(migration, published_case)[1:] == [("problem", "consumer search", f"{REVIEWS} was put")]
        published_case.write("UPDATE reviews_review SET rating = 9")
        stop = "UPDATE strangler.stream_position SET read_at = read_at - 100 WHERE stream = 'reviews:events'"
        migration.target.execute(stop)
        assert told(silent, published_case) == [("problem", "events", "the publisher has")]
        assert 'strangler_changes_to_publish{service="reviews"} 1\n' in publisher_metrics(
            {"reviews": publication_state(migration)}
        )
        migration.source.execute(
            "INSERT INTO strangler.journal_gap (table_name, reason) VALUES ('reviews_review', 'full')"
        )
        (stopped,) = event_findings(silent, published_case.environment, time.time())
        assert "events replay reviews --rows" in stopped.found


@pytest.mark.nats
def test_a_server_of_streams_is_asked(published_case: PublishedCase, nats_server: str) -> None:
    """Whether it is there, and whether a stream was put back; what consumers have noted is told all the same."""
    of_search = Reference("${TARGET}", "[services.reviews.events.consumers.search]")
    server = Reference("${NATS}", "strangler.toml:9:1")
    stream = f"asked.{REVIEWS}"
    with published_case.installed() as opened, NatsStream(nats_server, nats_server) as nats:
        service = replace(opened.service, consumers={"search": of_search}, event_server=server)
        migration = replace(opened, service=service)
        nats.publish([Event(f"v1-{n}", stream, "review_upserted", "/services/reviews", "a", 0, "{}") for n in (1, 2)])
        with open_database(DatabaseUrl(published_case.environment["TARGET"])) as own:
            Consumer("search", own, nats, [stream], accept).step()
            nothing = ("warning", "events", "nothing was published")
            well = ("ok", "consumer search", "0 events waiting,")
            published_case.environment["NATS"] = nats_server
            assert told(migration, published_case) == [nothing, well]
            own.execute("UPDATE strangler.inbox_mark SET digest = 'other'")
            assert told(migration, published_case)[1:] == [("problem", "consumer search", f"{stream} was put")]
            published_case.environment["NATS"] = "nats://user:secret@127.0.0.1:9"
            away = ("problem", "event server", "not reached: nats://user:****@127.0.0.1:9:")
            assert told(migration, published_case)[1:] == [away, well]
            del published_case.environment["NATS"]
            unknown = ("problem", "event server", "not reached: strangler.toml:9:1:")
            assert told(migration, published_case)[1:] == [unknown, well]
