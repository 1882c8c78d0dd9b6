"""A cheap HTTP/1.1 client: keep-alive connections, one request at a time on each, no redirects."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import httptools

IDLE_SECONDS = 2.0
"""A connection that was idle for longer is not reused: the server may be closing it while we write."""


class NotSentError(Exception):
    """No connection was available: the server knows nothing of the request."""


class NoAnswerError(Exception):
    """The request was written, but no complete answer came: the server may have carried it out."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `target` is the path and query."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """One answer; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class WireClient:
    """Sends requests to one server; it opens as many connections as are busy at once."""

    def __init__(self, host: str, port: int, timeout: float = 30.0) -> None:
        self._host = host
        self._port = port
        self._timeout = timeout
        self._idle: list[_Connection] = []

    async def send(self, request: Request) -> Response:
        """Send one request and return its answer; NotSentError or NoAnswerError if there is none."""
        connection = self._idle_connection() or await self._connect()
        response = await connection.exchange(self._encode(request), self._timeout)
        if connection.reusable:
            self._idle.append(connection)
        else:
            connection.close()
        return response

    def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            self._idle.pop().close()

    def _idle_connection(self) -> _Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.fresh:
                return connection
            connection.close()
        return None

    async def _connect(self) -> _Connection:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._timeout):
                transport, connection = await loop.create_connection(_Connection, self._host, self._port)
        except OSError as error:  # TimeoutError is one
            raise NotSentError(str(error) or "no connection in time") from error
        connection.transport = transport
        return connection

    def _encode(self, request: Request) -> bytes:
        lines = [f"{request.method} {request.target} HTTP/1.1", f"Host: {self._host}:{self._port}"]
        lines += [f"{name}: {value}" for name, value in request.headers.items()]
        if request.body:
            lines.append(f"Content-Length: {len(request.body)}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + request.body


class _Connection(asyncio.Protocol):
    """One connection; httptools calls the ``on_...`` methods while it parses."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Response] | None = None
        self._idle_since = self._loop.time()
        self.reusable = False

    @property
    def fresh(self) -> bool:
        """Whether it may be reused."""
        return self.reusable and self._loop.time() - self._idle_since < IDLE_SECONDS

    async def exchange(self, message: bytes, timeout: float) -> Response:  # noqa: ASYNC109 - a timer is cheaper
        if self.transport is None or self.transport.is_closing():
            raise NotSentError("the connection is closed")
        self._answer = self._loop.create_future()
        self._parser = httptools.HttpResponseParser(self)
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self.reusable = False
        timer = self._loop.call_later(timeout, self._fail, f"no answer within {timeout:g} s")
        self.transport.write(message)
        try:
            return await self._answer
        except NoAnswerError:
            self.close()
            raise
        finally:
            timer.cancel()

    def close(self) -> None:
        self.reusable = False
        if self.transport is not None:
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.reusable = False
        self._fail(f"connection lost: {exc}" if exc else "connection closed")

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(f"not HTTP: {error}")

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 200 or self._answer is None or self._answer.done():
            return
        self.reusable = self._parser.should_keep_alive()
        self._idle_since = self._loop.time()
        self._answer.set_result(Response(status, self._headers, b"".join(self._body)))

    def _fail(self, reason: str) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(NoAnswerError(reason))
