"""Streams of NATS JetStream, on a real server."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
from collections.abc import Awaitable, Callable, Generator
from contextlib import ExitStack
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import StreamConfig

from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database
from strangler_etl.engine.database import Database
from strangler_etl.streams.consumer import Consumer
from strangler_etl.streams.envelope import Event, decode
from strangler_etl.streams.errors import StreamPutBackError, StreamServerError
from strangler_etl.streams.nats import NatsStream, stream_name, wrong_with
from strangler_etl.streams.parking import Parking
from strangler_etl.streams.transport import Feed
from tests.etl.streams.published_case import REVIEWS, PublishedCase, drained, publication, published, told
from tests.nats import server_of
from tests.waiting import until

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


@pytest.mark.parametrize(
    ("address", "what"),
    [
        ("nats://127.0.0.1", None),
        ("127.0.0.1:4222", None),
        ("tls://user:word@[::1]:4222", None),
        ("http://127.0.0.1:4222", "begins with http://"),
        ("nats://", "names no host"),
        ("nats://a:0", "has the port 0"),
        ("nats://a:b", "cannot be read: Port could not be cast to integer value as 'b'"),
        ("nats://[::1", "cannot be read: Invalid IPv6 URL"),
    ],
)
def test_an_address_that_cannot_be_one_is_not_waited_for(address: str, what: str | None) -> None:
    """Waiting for such a server would never end; one that does not answer may come back."""
    assert wrong_with(address) == what


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
        assert parked.error.endswith("strangler events replay reviews --rows")
        assert Parking(own, "search").retry() == 0


def test_a_reader_that_the_server_has_forgotten_goes_on(nats_server: str, stream: str) -> None:
    """As after a handler that took long: the server keeps who reads for some seconds only."""

    async def forget(at: JetStreamContext) -> None:
        for one in await at.consumers_info(stream_name(stream)):
            await at.delete_consumer(stream_name(stream), one.name)

    with NatsStream(nats_server, nats_server) as server:
        server.publish([event(1, stream), event(2, stream)])
        assert ids(server, stream) == ["v1-1", "v1-2"]
        asyncio.run(_on_server(nats_server, forget))
        server.publish([event(3, stream)])
        assert ids(server, stream, 2) == ["v1-3"]


def test_a_stream_that_was_deleted_or_made_anew_is_told(nats_server: str, stream: str, own: Database) -> None:
    """Its positions begin again: a consumer would pass over what comes first. Also one that is at work."""
    with NatsStream(nats_server, nats_server) as server:
        seen: list[str] = []
        search = _consumer(own, server, stream, seen)
        server.publish([event(number, stream) for number in range(1, 4)])
        assert search.step().handled == 3
        asyncio.run(_on_server(nats_server, lambda at: at.delete_stream(stream_name(stream))))
        with pytest.raises(StreamPutBackError, match="is not there any more"):
            _consumer(own, server, stream, seen).step()
    with NatsStream(nats_server, nats_server) as server:
        server.publish([event(4, stream)])
        with pytest.raises(StreamPutBackError, match="ends at 1, and was read up to 3"):
            _consumer(own, server, stream, seen).step()
        server.publish([event(number, stream) for number in range(5, 8)])
        with pytest.raises(StreamPutBackError, match="another event stands at 3"):
            _consumer(own, server, stream, seen).step()
        _consumer(own, server, stream, seen).inbox.begin_anew()
        assert _consumer(own, server, stream, seen).step().handled == 4
    assert seen == [f"v1-{number}" for number in range(1, 8)]


def test_an_event_that_comes_again_after_the_window_of_the_server_is_dropped(
    nats_server: str, stream: str, own: Database
) -> None:
    """Who was not told that it has arrived publishes it again, however late that is."""
    window = StreamConfig(name=stream_name(stream), subjects=[stream], duplicate_window=0.1)
    asyncio.run(_on_server(nats_server, lambda at: at.add_stream(window)))  # pyright: ignore[reportUnknownMemberType]
    with NatsStream(nats_server, nats_server) as server:

        def stands_twice() -> bool:
            server.publish([event(1, stream)])
            return server.unread(stream, 0) == 2

        until(stands_twice)
        seen: list[str] = []
        found = _consumer(own, server, stream, seen).step()
    assert (found.received, found.handled, seen) == (2, 1, ["v1-1"])


def test_publisher_and_consumer_go_on_when_the_server_was_stopped(tmp_path: Path, stream: str, own: Database) -> None:
    """What is at work says that the server is away; opened anew, nothing is lost and nothing is doubled."""
    seen: list[str] = []
    with ExitStack() as stack:
        with server_of(tmp_path) as url:
            one = stack.enter_context(NatsStream(url, url))
            one.publish([event(1, stream)])
            search = _consumer(own, one, stream, seen)
            search.step()
            one.publish([event(2, stream)])
        with pytest.raises(StreamServerError):
            one.publish([event(3, stream)])
        with pytest.raises(StreamServerError):
            search.step()
    with server_of(tmp_path) as url, NatsStream(url, url) as again:
        again.publish([event(number, stream) for number in range(2, 5)])
        _consumer(own, again, stream, seen).step()
    assert seen == [f"v1-{number}" for number in range(1, 5)]


@pytest.fixture
def own(tmp_path: Path) -> Generator[Database]:
    """The database of a consumer."""
    sqlite3.connect(tmp_path / "own.sqlite3").close()
    with open_database(DatabaseUrl(f"sqlite:///{tmp_path}/own.sqlite3")) as opened:
        yield opened


def _consumer(own: Database, feed: Feed, stream: str, seen: list[str]) -> Consumer:
    return Consumer("search", own, feed, [stream], lambda _, events: seen.extend(one.id for one in events))


async def _on_server(url: str, do: Callable[[JetStreamContext], Awaitable[object]]) -> None:
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


def test_a_server_that_says_nothing_is_given_up() -> None:
    """In the time that whoever asks has."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"nats://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(StreamServerError, match="the server of streams"):
            NatsStream(url, url, answer_seconds=0.1)


def test_a_question_that_was_over_before_the_client_waited_is_answered_by_nothing(
    nats_server: str, stream: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client lets the timeout of asyncio through then, which is no failure of the server."""

    async def late(*_: object, **__: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(JetStreamContext.PullSubscription, "fetch", late)
    with NatsStream(nats_server, nats_server) as server:
        server.publish([event(1, stream)])
        assert server.read(stream, 0, 1) == []
