"""Copies of requests, to be sent to the other side."""

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
"""What asks for less than the whole answer, by what the client knows of one side only."""


@dataclass(slots=True, eq=False)
class Copy:
    """A request that was answered by `side`, the answer its client got, and where both sides are asked.

    `request` is for the other side, `again` for the one that has answered.
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
        """Whether it may be asked as often as one likes."""
        return self.facts.method in SHARED_METHODS

    @property
    def size(self) -> int:
        """About how many bytes are held for it, the body of the answer not counted."""
        # The head is there twice, as it came and as it goes.
        return 2 * len(self.request.raw) + len(self.request.body) + sum(map(_size, self.answered.headers))

    def asking(self, side: Side, identity: bytes | None) -> tuple[Origin, RawRequest]:
        """Return where a side is asked, and what; with the signed `identity` if it gets one."""
        origin = self.v1 if side is Side.V1 else self.v2
        request = self.request if side is self.other else self.again
        if identity is None:
            return origin, request
        raw = _with(request.raw, IDENTITY_HEADER, identity)
        return origin, RawRequest(request.method, raw, request.length, request.body)


def request_of(client: Downstream, origin: Origin) -> RawRequest | None:
    """Return the request of a client as a marked copy; None where its body was not kept."""
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
