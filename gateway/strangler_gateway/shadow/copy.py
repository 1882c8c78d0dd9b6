"""Copies of requests that are sent to the other side."""

from __future__ import annotations

import re
from dataclasses import dataclass

from strangler.model.authority import Side
from strangler_gateway.requests.downstream import Downstream
from strangler_gateway.requests.facts import SHARED_METHODS, RequestFacts
from strangler_gateway.requests.forwarding import IDENTITY_HEADER, SHADOW_HEADER
from strangler_gateway.shadow.answer import Answer
from strangler_gateway.shadow.comparer import Rules
from strangler_gateway.transport.origin import Origin
from strangler_gateway.transport.request import RawRequest

_LEFT_OUT = re.compile(
    rb"\r\n(?:if-match|if-none-match|if-modified-since|if-unmodified-since|if-range|range|expect):[^\r]*+",
    re.IGNORECASE,
)
"""Fields that ask for less than the whole response, based on what the client knows of one side only."""


@dataclass(slots=True, eq=False)
class Copy:
    """A request that `side` has answered, the response its client got, and the origins of both sides.

    `request` is the copy for the other side, `again` the one for the side that has answered.
    """

    route: str
    service: str
    side: Side
    v1: Origin
    v2: Origin
    facts: RequestFacts
    request: RawRequest
    again: RawRequest
    answered: Answer
    rules: Rules

    @property
    def other(self) -> Side:
        """The side that did not answer."""
        return self.side.other

    @property
    def reads(self) -> bool:
        """Whether it may be repeated any number of times."""
        return self.facts.method in SHARED_METHODS

    @property
    def size(self) -> int:
        """About how many bytes it holds, without the body of the response."""
        # The head is held twice: as it arrived and as it is sent.
        return 2 * len(self.request.raw) + len(self.request.body) + sum(map(_size, self.answered.headers))

    def asking(self, side: Side, identity: bytes | None) -> tuple[Origin, RawRequest]:
        """Return the origin and the request for a side, with the signed `identity` if there is one."""
        origin = self.v1 if side is Side.V1 else self.v2
        request = self.request if side is self.other else self.again
        if identity is None:
            return origin, request
        raw = _with(request.raw, IDENTITY_HEADER, identity)
        return origin, RawRequest(request.method, raw, request.length, request.body)


def request_of(client: Downstream, origin: Origin) -> RawRequest | None:
    """Return a marked copy of a client's request; None when its body was not kept."""
    body = client.body.kept
    if body is None:
        return None
    outgoing = client.outgoing(origin, None)
    raw = _with(_LEFT_OUT.sub(b"", outgoing.raw), SHADOW_HEADER, b"1")
    return RawRequest(outgoing.method, raw, outgoing.length, body)


def _with(raw: bytes, name: bytes, value: bytes) -> bytes:
    return b"%b%b: %b\r\n\r\n" % (raw[:-2], name, value)


def _size(field: tuple[bytes, bytes]) -> int:
    return len(field[0]) + len(field[1])
