"""A client with one request, as the relay sees it, however its bytes came in."""

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
        """The whole of it; None when it has not arrived, or parts of it are gone."""
        ...

    async def prefetch(self) -> None:
        """Read what has arrived; ClientGoneError when nobody waits for an answer any more."""
        ...

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Return the parts, those that were prefetched first."""
        ...


class ResponseTap(Protocol):
    """Is shown a response on its way to the client; nothing of it raises."""

    def begin(self, head: ResponseHead) -> None:
        """Take the head."""
        ...

    def more(self, body: bytes) -> None:
        """Take a part of the body."""
        ...

    def finished(self, client: Downstream) -> None:
        """Take the end: the response is on its way to the client, whole."""
        ...


class Downstream(Protocol):
    """One request and the way back to its client."""

    @property
    def request(self) -> RequestFacts:
        """What the routing decision needs to know."""
        ...

    @property
    def body(self) -> ClientBody:
        """The body of the request."""
        ...

    @property
    def status(self) -> int:
        """The status of the answer, 0 before it began."""
        ...

    def watched(self) -> AbstractContextManager[None]:
        """Cancel the running task when the client goes, from here to the end of the block, which then ends quietly."""
        ...

    def outgoing(self, origin: Origin, identity: bytes | None) -> RawRequest:
        """Return the request for an upstream, with the signed `identity` if the side gets one."""
        ...

    async def pass_back(self, exchange: Exchange, patience: float, tap: ResponseTap | None) -> None:
        """Send the response, whose head is there, as it arrives; `patience` in seconds between two parts.

        What is sent is shown to `tap` as well.

        UpstreamError when it is cut off, which the client can see then.
        """
        ...

    async def answer(self, refusal: Refusal) -> None:
        """Answer in the name of the gateway."""
        ...
