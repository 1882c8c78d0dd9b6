"""A client with one request as the relay sees it, over ASGI or over the gateway's own protocol."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from typing import Protocol

from strangler_gateway.requests.facts import RequestFacts
from strangler_gateway.requests.refusal import Refusal
from strangler_gateway.transport.exchange import Exchange
from strangler_gateway.transport.origin import Origin
from strangler_gateway.transport.request import RawRequest
from strangler_gateway.transport.response_head import ResponseHead


class ClientGoneError(Exception):
    """The client has closed its connection."""


class ClientBody(Protocol):
    """Iterates over the parts of a request body; raises ClientGoneError when the client does not send the rest."""

    @property
    def announced(self) -> bool:
        """Whether the request has a body."""
        ...

    @property
    def expects_continue(self) -> bool:
        """Whether the client waits for a 100 before it sends the body."""
        ...

    @property
    def read_whole(self) -> bool:
        """Whether everything has arrived."""
        ...

    @property
    def kept(self) -> bytes | None:
        """The whole body; None when it has not arrived completely, or parts of it are gone."""
        ...

    async def prefetch(self) -> None:
        """Read the first part of the body; ClientGoneError when the client has disconnected."""
        ...

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Iterate over the parts, beginning with the prefetched one."""
        ...


class ResponseTap(Protocol):
    """Gets a copy of a response on its way to the client; no method raises."""

    def begin(self, head: ResponseHead) -> None:
        """Take the head."""
        ...

    def more(self, body: bytes) -> None:
        """Take the next part of the body."""
        ...

    def finished(self, client: Downstream) -> None:
        """Note that the response is complete, and is on its way to the client."""
        ...


class Downstream(Protocol):
    """One request and the way back to its client."""

    @property
    def request(self) -> RequestFacts:
        """The facts about the request that the routing decision needs."""
        ...

    @property
    def body(self) -> ClientBody:
        """The body of the request."""
        ...

    @property
    def status(self) -> int:
        """The status of the response, 0 before it began."""
        ...

    @property
    def half_closed(self) -> bool:
        """Whether the client has closed its side, so that it may have gone."""
        ...

    def watched(self) -> AbstractContextManager[None]:
        """Cancel the running task when the client disconnects within the block, which then ends without an error."""
        ...

    def outgoing(self, origin: Origin, identity: bytes | None) -> RawRequest:
        """Return the request for an upstream, with the signed `identity` if there is one."""
        ...

    async def pass_back(self, exchange: Exchange, patience: float, tap: ResponseTap | None) -> None:
        """Send a response, whose head has arrived, part by part; `patience` is the seconds between two parts.

        Everything sent goes to `tap` too. UpstreamError when the response breaks off, which the client can see then.
        """
        ...

    async def answer(self, refusal: Refusal) -> None:
        """Send a response of the gateway's own."""
        ...
