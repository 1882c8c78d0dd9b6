"""Header fields on their way through: what is taken out, and what is added. Everything else keeps its bytes."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from itertools import count

from strangler_gateway.request_head import RequestHead
from strangler_gateway.transport.grammar import lines_of, tokens, without
from strangler_gateway.transport.origin import Origin
from strangler_gateway.transport.response_head import ResponseHead

HOP_BY_HOP = frozenset(
    (
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    )
)
"""What is meant for the next hop only: RFC 9110, section 7.6.1, and what RFC 2616 named besides.

Transfer-Encoding stays where the next hop is spoken to in chunks too, and Trailer with it.
"""

_FORWARDED_FOR = b"\r\nX-Forwarded-For: "
IDENTITY_HEADER = b"X-Strangler-Identity"
_IDENTITY_SPELLING = re.compile(rb"x[^a-z0-9]strangler[^a-z0-9]identity")
"""What stands for a hyphen differs: a WSGI server reads _ and - as the same, one of CGI every other character too."""
_KEPT = frozenset((b"host", b"content-length", b"transfer-encoding"))
"""What Connection must not take out: without it the request would be another one."""
_DROPPED = HOP_BY_HOP - {b"transfer-encoding", b"trailer"}


class RequestIds:
    """Ids no other process gives, for the price of a number: they tell requests apart, and keep no secret."""

    def __init__(self) -> None:
        self._prefix = secrets.token_hex(8).encode()
        self._numbers = count()

    def next(self) -> bytes:
        """Return an id of 32 hexadecimal digits."""
        return b"%b%016x" % (self._prefix, next(self._numbers))


class Edge:
    """What the gateway knows of a client's connection: the address it comes from, and ``http`` or ``https``."""

    __slots__ = ("first", "ids", "peer", "scheme")

    def __init__(self, peer: bytes, scheme: bytes, ids: RequestIds) -> None:
        self.peer = peer
        self.scheme = scheme
        self.ids = ids
        self.first = b"\r\nX-Forwarded-For: %b\r\nX-Forwarded-Proto: %b\r\nX-Forwarded-Host: " % (peer, scheme)
        """The fields of a request no proxy has seen before, up to its host."""


def forwarded_request(head: RequestHead, edge: Edge, origin: Origin, identity: bytes | None) -> bytes:
    """Return the head for an upstream at `origin`, whose name clients of HTTP/1.0 get that say no Host."""
    host = head.host
    block = head.block
    if head.plain and host is not None and identity is None:
        added = b"%b%b\r\nX-Request-ID: %b" % (edge.first, host, edge.ids.next())
    else:
        added = _added(head, edge, origin, identity)
        if not head.plain:
            block = _without_hops(head, edge.peer)
    if head.trace is not None:
        block = _without_trace(block)
        added += head.trace.fields
    return b"%b %b HTTP/1.1%b%b\r\n\r\n" % (head.raw_method, head.target, block, added)


def _without_trace(block: bytes) -> bytes:
    """Return the fields without those that say which trace the client is in: the application is the gateway's child."""
    lower = block.lower()
    spans = sorted(line for name in (b"traceparent", b"tracestate") for line in lines_of(lower, name))
    return without(block, spans) if spans else block


def _added(head: RequestHead, edge: Edge, origin: Origin, identity: bytes | None) -> bytes:
    names = [name for name, _ in head.specials]
    added: list[bytes] = []
    if head.host is None:
        added.append(b"\r\nHost: " + origin.authority)
    if b"x-forwarded-for" not in names:
        added.append(_FORWARDED_FOR + edge.peer)
    if b"x-forwarded-proto" not in names:
        added.append(b"\r\nX-Forwarded-Proto: " + edge.scheme)
    if b"x-forwarded-host" not in names and head.host:
        added.append(b"\r\nX-Forwarded-Host: " + head.host)
    if b"x-request-id" not in names:
        added.append(b"\r\nX-Request-ID: " + edge.ids.next())
    if identity is not None:
        added.append(b"\r\n%b: %b" % (IDENTITY_HEADER, identity))
    if head.upgrade:
        added.append(b"\r\nConnection: Upgrade\r\nUpgrade: " + b", ".join(head.values(b"upgrade")))
    return b"".join(added)


def _without_hops(head: RequestHead, peer: bytes) -> bytes:
    """Return the fields without what was for the gateway, the peer behind the last address in X-Forwarded-For."""
    gone = {name for name, _ in head.specials if name in _DROPPED or _IDENTITY_SPELLING.fullmatch(name)}
    if head.length is not None:
        gone.add(b"trailer")
    gone |= _named(value for name, value in head.specials if name == b"connection")
    edits = [(*line, b"") for name in gone for line in lines_of(head.lower, name)]
    if forwarded := lines_of(head.lower, b"x-forwarded-for"):
        start, end = forwarded[-1]
        if b"x-forwarded-for" in gone:
            edits.remove((start, end, b""))
            line = _FORWARDED_FOR + peer
        else:
            line = head.block[start:end].rstrip(b" \t")
            line = b"%b, %b" % (line, peer) if len(line) > len(_FORWARDED_FOR) - 1 else b"%b %b" % (line, peer)
        edits.append((start, end, line))
    parts: list[bytes] = []
    at = 0
    for start, end, replacement in sorted(edits):
        parts += (head.block[at:start], replacement)
        at = end
    parts.append(head.block[at:])
    return b"".join(parts)


def forwarded_response(head: ResponseHead, *, chunked: bool) -> bytes:
    """Return the fields for the client, as a block; `chunked` says whether the client gets chunks."""
    if not head.hops:
        return head.block
    gone: set[bytes] = set()
    for name, value in head.hops:
        # keep-alive is by far the most common one, and named among what is taken out anyway.
        if name == b"connection" and value != b"keep-alive":
            gone |= _named((value,))
        if not (chunked and name in (b"transfer-encoding", b"trailer")):
            gone.add(name)
    spans: list[tuple[int, int]] = []
    for name in gone:
        spans += lines_of(head.lower, name)
    if len(spans) > 1:
        spans.sort()
    return without(head.block, spans) if spans else head.block


def _named(values: Iterable[bytes]) -> frozenset[bytes]:
    """Return what the values of Connection take out besides: names that are no names can not be a field's."""
    return frozenset(name for value in values for name in tokens(value) if name) - _KEPT - HOP_BY_HOP
