"""Streams of NATS JetStream: one for each stream's name, whose messages have that name as their subject.

Each event is acknowledged before the next is sent: a publisher that is killed leaves a prefix of its events, never a
part with a hole in it. The server recognises an event that is sent again within its window by the event's id. The
reader keeps its position, so the server keeps no state of consumers.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Sequence
from concurrent.futures import TimeoutError as LateError
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import urlsplit

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, StreamConfig
from nats.js.errors import NotFoundError, ServiceUnavailableError

from strangler_etl.streams.envelope import Event, encode, publisher_of
from strangler_etl.streams.errors import StreamAddressError, StreamServerError, all_rows_again
from strangler_etl.streams.transport import Message

T = TypeVar("T")
ANSWER_SECONDS = 30.0
_CONNECT_SECONDS = 5
_KEPT_SECONDS = 5.0
_FETCH_SECONDS = 0.1
_SCHEMES = ("nats", "tls", "ws", "wss")
_ABSENT = "start it, or correct the address: nats in strangler.toml"


@dataclass(slots=True)
class _Reading:
    """A subscription that continues behind the message at `position`."""

    subscription: JetStreamContext.PullSubscription
    position: int


class NatsStream:
    """The streams of a server, until the end of the block; `shown` is its address without a password.

    Publishing creates missing streams, without limits of age or size. The server has `answer_seconds` for each request.
    Raises StreamAddressError where no server can ever have this address, StreamServerError where none answers.
    """

    def __init__(self, url: str, shown: str, answer_seconds: float = ANSWER_SECONDS) -> None:
        if (what := wrong_with(url)) is not None:
            raise StreamAddressError(shown, what)
        self._shown = shown
        self._answer_seconds = answer_seconds
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="nats", daemon=True)
        self._thread.start()
        self._known: set[str] = set()
        self._reading: dict[str, _Reading] = {}
        try:
            self._client = self._run(self._connected(url))
        except StreamServerError as error:
            self._end()
            error.remedy = _ABSENT
            raise
        self._server = JetStreamContext(self._client)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(StreamServerError):
            self._run(self._client.close())
        self._end()

    def publish(self, events: Sequence[Event]) -> None:
        """Append the events one after the other, each when the one before is stored."""
        # The server has this long for each of them: on a slow network, many take longer than one answer may.
        self._run(self._publish(events), self._answer_seconds + _KEPT_SECONDS * len(events))

    def read(self, stream: str, after: int, most: int) -> Sequence[Message]:
        """The next messages of a stream; empty where it does not exist yet."""
        return self._run(self._read(stream, after, most))

    def streams(self) -> Sequence[str]:
        """The names of all streams of events that the server has, whoever publishes them."""
        return self._run(self._streams())

    def unread(self, stream: str, after: int) -> int:
        """How many messages of a stream are behind a position."""
        return self._run(self._unread(stream, after))

    def message(self, stream: str, position: int) -> Message | None:
        """The message at a position; None where the server no longer has it."""
        return self._run(self._message(stream, position))

    def last(self, stream: str) -> int:
        """The position of the last message of a stream, removed ones included; 0 where there is no stream."""
        return self._run(self._last(stream))

    async def _message(self, stream: str, position: int) -> Message | None:
        try:
            found = await self._server.get_msg(stream_name(stream), position)
        except NotFoundError:
            return None
        return Message(position, (found.data or b"").decode(errors="replace"))

    async def _last(self, stream: str) -> int:
        try:
            return (await self._server.stream_info(stream_name(stream))).state.last_seq
        except NotFoundError:
            return 0

    async def _streams(self) -> Sequence[str]:
        names: list[str] = []
        offset = 0
        while page := await self._server.streams_info(offset):
            offset += len(page)
            for one in page:
                names += [name for name in one.config.subjects or () if stream_name(name) == one.config.name]
        return sorted(names)

    async def _unread(self, stream: str, after: int) -> int:
        try:
            found = (await self._server.stream_info(stream_name(stream))).state
        except NotFoundError:
            return 0
        return max(0, found.last_seq - max(after, found.first_seq - 1))

    async def _connected(self, url: str) -> Client:
        """A connection that is not reopened when it is lost: its user opens another one."""
        client, errors = Client(), list[Exception]()

        async def note(error: Exception) -> None:
            errors.append(error)

        try:
            await client.connect(
                url,
                error_cb=note,
                connect_timeout=_CONNECT_SECONDS,
                allow_reconnect=False,
                max_reconnect_attempts=1,
                reconnect_time_wait=0,
            )
        except NatsError as error:
            raise errors[-1] if errors else error from error
        except asyncio.CancelledError:
            # Giving up also closes what was opened so far.
            await client.close()
            raise
        return client

    async def _publish(self, events: Sequence[Event]) -> None:
        for event in events:
            if event.stream not in self._known:
                await self._create(event.stream)
            known_by = event.id if event.replay is None else f"{event.id} {event.replay} {event.recipient or ''}"
            await self._server.publish(
                event.stream,
                encode(event).encode(),
                timeout=_KEPT_SECONDS,
                stream=stream_name(event.stream),
                headers={"Nats-Msg-Id": known_by},
            )

    async def _create(self, stream: str) -> None:
        name = stream_name(stream)
        try:
            await self._server.stream_info(name)
        except NotFoundError:
            await self._server.add_stream(StreamConfig(name=name, subjects=[stream]))  # pyright: ignore[reportUnknownMemberType]
        self._known.add(stream)

    async def _read(self, stream: str, after: int, most: int) -> Sequence[Message]:
        try:
            return await self._fetched(stream, after, most)
        except ServiceUnavailableError:
            # The server has forgotten the subscription: after some seconds without a request, or with the stream.
            del self._reading[stream]
            return await self._fetched(stream, after, most)

    async def _fetched(self, stream: str, after: int, most: int) -> Sequence[Message]:
        reading = self._reading.get(stream)
        if reading is None or reading.position != after:
            if reading is not None:
                del self._reading[stream]
                await reading.subscription.unsubscribe()
            behind = ConsumerConfig(
                deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
                opt_start_seq=after + 1,
                ack_policy=AckPolicy.NONE,
                mem_storage=True,
            )
            try:
                subscription = await self._server.pull_subscribe(stream, stream=stream_name(stream), config=behind)
            except NotFoundError:
                return []
            reading = self._reading[stream] = _Reading(subscription, after)
        try:
            found = await reading.subscription.fetch(most, timeout=_FETCH_SECONDS)
        except TimeoutError:
            # The client's own time-out, or that of asyncio, which it raises when the time is over before it waits.
            return []
        messages = [Message(one.metadata.sequence.stream, one.data.decode(errors="replace")) for one in found]
        if messages and 0 < after < messages[0].position - 1:
            messages = [*await self._lost(stream, after, messages[0]), *messages]
        # These need no acknowledgement: a reader that has not stored them asks for them again by position.
        reading.position = messages[-1].position if messages else after
        return messages

    async def _lost(self, stream: str, after: int, found: Message) -> Sequence[Message]:
        """What the server removed from a stream between a position and the next message that it still had."""
        info = await self._server.stream_info(stream_name(stream))
        last = min(info.state.first_seq, found.position) - 1
        # A stream with further subjects counts their messages as well.
        if last <= after or info.config.subjects != [stream]:
            return []
        what = f"{last - after} messages were removed from the stream before they were read: limits, or a purge"
        return [Message(last, "", lost=f"{what}; publish every row again: {all_rows_again(publisher_of(found.text))}")]

    def _run(self, work: Coroutine[object, object, T], seconds: float | None = None) -> T:
        """Run it in the connection's thread; StreamServerError where the server refuses or does not answer."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(self._answer_seconds if seconds is None else seconds)
        except (NatsError, OSError, LateError, ValueError) as error:
            future.cancel()
            raise StreamServerError(self._shown, str(error) or type(error).__name__) from error

    async def _given_up(self) -> None:
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def _end(self) -> None:
        with suppress(LateError):
            asyncio.run_coroutine_threadsafe(self._given_up(), self._loop).result(_KEPT_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def wrong_with(url: str) -> str | None:
    """What keeps a text from being the address of a server, whether one runs or not; None for an address."""
    try:
        parts = urlsplit(url if "://" in url else f"nats://{url}")
        # Reading the port checks it.
        if parts.port == 0:
            return "has the port 0"
    except ValueError as error:
        return f"cannot be read: {error}"
    if parts.scheme not in _SCHEMES:
        return f"begins with {parts.scheme}://"
    return None if parts.hostname else "names no host"


def stream_name(stream: str) -> str:
    """The JetStream name of a stream: such names contain no dots."""
    return stream.replace(".", "-")
