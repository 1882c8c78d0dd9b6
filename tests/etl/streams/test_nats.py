"""Streams of NATS JetStream, on a real server."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.js import JetStreamContext

from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database
from strangler_etl.errors import StreamServerError
from strangler_etl.streams.consumer import Consumer
from strangler_etl.streams.envelope import Event, decode
from strangler_etl.streams.nats import NatsStream, stream_name
from strangler_etl.streams.parking import Parking
from strangler_etl.streams.transport import Feed
from tests.etl.streams.published_case import REVIEWS, PublishedCase, drained, publication, published, told

pytestmark = pytest.mark.nats
_numbers = count(1)


@pytest.fixture
def stream() -> str:
    """The name of a stream of its own."""
    return f"test{next(_numbers)}.{REVIEWS}"


def event(number: int, stream: str) -> Event:
    """The event of this number."""
    return Event(f"v1-{number}", stream, "review_upserted", "/services/reviews", "a", 0.0, f'{{"n":{number}}}')


def ids(feed: Feed, stream: str, after: int = 0) -> list[str]:
    """The ids of the events behind a position."""
    return [decode(one.text).id for one in feed.read(stream, after, 100)]


def test_events_are_read_in_order_from_any_position(nats_server: str, stream: str) -> None:
    """Also twice, as by a consumer that could not keep them."""
    with NatsStream(nats_server, nats_server) as server:
        assert server.read(stream, 0, 100) == []
        server.publish([event(number, stream) for number in range(1, 6)])
        assert ids(server, stream) == [f"v1-{number}" for number in range(1, 6)]
        assert ids(server, stream, 5) == []
        assert ids(server, stream, 3) == ["v1-4", "v1-5"]
        server.publish([event(6, stream)])
        assert ids(server, stream, 5) == ["v1-6"]
        assert stream in server.streams()
        assert [server.unread(stream, after) for after in (0, 2, 6)] == [6, 4, 0]
        assert server.unread(f"{stream}.other", 0) == 0


def test_what_is_published_again_is_known_and_a_replay_is_not(nats_server: str, stream: str) -> None:
    """Within the window of the server; the inbox knows it for longer."""
    with NatsStream(nats_server, nats_server) as server:
        server.publish([event(1, stream), event(1, stream), replace(event(1, stream), replay="r")])
        assert ids(server, stream) == ["v1-1", "v1-1"]


def test_what_the_server_removed_unread_is_parked(nats_server: str, stream: str, tmp_path: Path) -> None:
    """Its limits, or a purge: whoever keeps a state by the events is wrong from then on, and has to know."""
    sqlite3.connect(tmp_path / "own.sqlite3").close()
    seen: list[str] = []
    with (
        NatsStream(nats_server, nats_server) as server,
        open_database(DatabaseUrl(f"sqlite:///{tmp_path}/own.sqlite3")) as own,
    ):
        search = Consumer("search", own, server, [stream], lambda _, events: seen.extend(one.id for one in events))
        server.publish([event(1, stream)])
        search.step()
        server.publish([event(2, stream), event(3, stream)])
        asyncio.run(_on_server(nats_server, lambda at: at.purge_stream(stream_name(stream))))
        server.publish([event(4, stream)])
        search.step()
        (parked,) = Parking(own, "search").parked()
        assert (seen, parked.id, parked.behind) == (["v1-1", "v1-4"], f"{stream}/3", 0)
        assert "2 messages were removed" in parked.error
        assert Parking(own, "search").retry() == 0


def test_a_stream_that_was_made_anew_is_told(nats_server: str, stream: str) -> None:
    """Its positions begin again: a consumer would pass over what comes first."""
    with NatsStream(nats_server, nats_server) as server:
        server.publish([event(number, stream) for number in range(1, 4)])
    asyncio.run(_on_server(nats_server, lambda at: at.delete_stream(stream_name(stream))))
    with NatsStream(nats_server, nats_server) as server:
        server.publish([event(4, stream)])
        with pytest.raises(StreamServerError, match="ends at 1, and was read up to 3"):
            server.read(stream, 3, 10)


async def _on_server(url: str, do: Callable[[JetStreamContext], Awaitable[bool]]) -> None:
    client = Client()
    await client.connect(url)
    await do(JetStreamContext(client))
    await client.close()


@pytest.mark.postgres
def test_changes_reach_a_consumer_over_nats(nats_server: str, published_case: PublishedCase, tmp_path: Path) -> None:
    """From the monolith's table to an inbox on SQLite."""
    seen: list[str] = []
    sqlite3.connect(tmp_path / "own.sqlite3").close()
    with (
        NatsStream(nats_server, nats_server) as server,
        published_case.installed() as migration,
        open_database(DatabaseUrl(f"sqlite:///{tmp_path}/own.sqlite3")) as own,
    ):
        published_case.write(
            "INSERT INTO reviews_review (id, product_id, text, rating) VALUES (1, 1, 'fine', 5)",
            "UPDATE reviews_review SET rating = 4 WHERE id = 1",
        )
        assert drained(publication(migration, server)) == 2
        assert told(published(server)) == [("upserted", 1, 1, "fine", 5), ("upserted", 1, 1, "fine", 4)]
        search = Consumer("search", own, server, [REVIEWS], lambda _, events: seen.extend(one.id for one in events))
        assert search.step().handled == 2
        assert search.step().handled == 0
    assert len(seen) == 2


def test_a_server_that_is_away_is_told(nats_server: str, stream: str) -> None:
    """So that a publisher waits, and tries again."""
    with pytest.raises(StreamServerError, match=r"127\.0\.0\.1:9"):
        NatsStream("nats://127.0.0.1:9", "nats://127.0.0.1:9")
    with NatsStream(nats_server, nats_server) as server, pytest.raises(StreamServerError):
        server.publish([replace(event(1, stream), stream="no blanks allowed")])
