"""Header fields on their way through the gateway: which it removes and adds. All others keep their bytes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from strangler_gateway.requests.edge import new_traceparent
from strangler_gateway.requests.fields import SPECIAL
from strangler_gateway.requests.head import RequestHead
from strangler_gateway.requests.rewriting import rewriting_of
from strangler_gateway.transport.grammar import HOP_BY_HOP, lines_of, replaced, tokens, without
from strangler_gateway.transport.origin import Origin
from strangler_gateway.transport.response_head import ResponseHead

IDENTITY_HEADER: Final = b"X-Strangler-Identity"
SHADOW_HEADER: Final = b"X-Strangler-Shadow"
"""Marks a shadow copy: nobody waits for its response, and it should have no side effects."""
_KEPT: Final = frozenset((b"host", b"content-length", b"transfer-encoding"))
"""Fields that Connection must not remove: without them the request would be a different one."""
_WRITTEN: Final = frozenset((b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host", b"forwarded"))
"""Fields that the gateway replaces; those of a trusted proxy in front have been read by then."""
_DROPPED: Final = (HOP_BY_HOP | _WRITTEN | {IDENTITY_HEADER.lower()}) - {b"transfer-encoding", b"trailer"}
_OF_PROXIES: Final = (b"x-forwarded-", b"x-real-ip", SHADOW_HEADER.lower())
"""Prefixes of fields that only proxies may set, such as X-Forwarded-Client-Cert and -User; clients must not."""
_NO_TRAILERS: Final = frozenset((b"authorization", b"cookie", b"traceparent", b"tracestate", b"x-strangler-side"))
_ABSOLUTE: Final = re.compile(rb"https?://[^/?]*", re.IGNORECASE)
_SEPARATOR: Final = re.compile(rb"[^a-z0-9]")
"""Servers differ in what equals a hyphen: WSGI servers read _ like -, and CGI servers every other character too."""

_NO_CONTENT: Final = 204


def forwarded_request(head: RequestHead, origin: Origin, identity: bytes | None) -> bytes:
    """Return the head of a request for the upstream `origin`, which also names the Host an HTTP/1.0 request lacks."""
    block = head.block
    edge = head.edge
    if head.plain and head.host is not None and identity is None and edge.first is not None and origin.fields is None:
        if head.trace is None:
            # The fast path, for nearly every request.
            return b"%b %b HTTP/1.1%b%b%b%b%b\r\n\r\n" % (
                head.raw_method,
                head.target,
                block,
                edge.first,
                head.host,
                edge.then,
                edge.ids.next(),
            )
        added = edge.first + head.host + edge.then + edge.ids.next()
    else:
        added = _added(head, origin, identity)
        if not head.plain:
            block = _without_hops(head)
    if head.trace is not None:
        block = _without_trace(block)
        added += head.trace.fields
    raw = b"%b %b HTTP/1.1%b%b\r\n\r\n" % (head.raw_method, head.target, block, added)
    host = origin.host_chosen if origin.fields is not None else None
    return raw if host is None else _addressed(raw, head.target, host)


def _addressed(raw: bytes, target: bytes, host: bytes) -> bytes:
    """Return a head with another Host, and an absolute target in origin form, to agree (RFC 9112, section 3.2.2)."""
    start, end = lines_of(raw.lower(), b"host")[0]
    edits = [(start, end, b"\r\nHost: " + host)]
    if absolute := _ABSOLUTE.match(target):
        at = raw.index(target)
        path = target[absolute.end() :]
        edits.insert(0, (at, at + len(target), path if path.startswith(b"/") else b"/" + path))
    return replaced(raw, edits)


def forwarded_trailers(block: bytes) -> bytes:
    """Return a request's trailers without fields about the client, the routing or the framing.

    Those must not be trailers (RFC 9110, section 6.5.1), and some servers add trailers to the header fields.
    """
    lower = block.lower()
    names = {name for name, _ in SPECIAL.findall(lower)} | _NO_TRAILERS
    spans = sorted(line for name in names for line in lines_of(lower, name))
    return without(block, spans) if spans else block


def _without_trace(block: bytes) -> bytes:
    """Return the fields without the client's trace context: the application's parent is the gateway's span."""
    lower = block.lower()
    spans = sorted(line for name in (b"traceparent", b"tracestate") for line in lines_of(lower, name))
    return without(block, spans) if spans else block


def _added(head: RequestHead, origin: Origin, identity: bytes | None) -> bytes:
    edge = head.edge
    added: list[bytes] = []
    if head.host is None:
        added.append(b"\r\nHost: " + origin.authority)
    added.append(edge.forwarding.block(edge.way(head)))
    if not any(name == b"x-request-id" for name, _ in head.specials):
        added.append(b"\r\nX-Request-ID: " + edge.ids.next())
    if identity is not None:
        added.append(b"\r\n%b: %b" % (IDENTITY_HEADER, identity))
    if edge.forwarding.terms.via is not None:
        added.append(edge.via(one_one=head.one_one))
    new_trace = edge.forwarding.terms.traceparent
    if new_trace is not None and head.trace is None and head.header(b"traceparent") is None:
        added.append(new_traceparent(new_trace))
    if head.upgrade:
        added.append(b"\r\nConnection: Upgrade\r\nUpgrade: " + b", ".join(head.values(b"upgrade")))
    return b"".join(added)


def _without_hops(head: RequestHead) -> bytes:
    """Return the fields without those for the gateway itself, and those that its client must not set."""
    names = {name: _plain(name) for name, _ in head.specials}
    gone = {name for name, plain in names.items() if plain in _DROPPED}
    if not head.edge.trusted:
        invented = {name for name, plain in names.items() if plain.startswith(_OF_PROXIES)}
        if invented:
            head.edge.forwarding.not_believed(head.edge.peer)
            gone |= invented
    if head.length is not None:
        gone.add(b"trailer")
    gone |= _named(value for name, value in head.specials if name == b"connection")
    spans = sorted(line for name in gone for line in lines_of(head.lower, name))
    return without(head.block, spans) if spans else head.block


def _plain(name: bytes) -> bytes:
    """Return a name as the most lenient server reads it."""
    return _SEPARATOR.sub(b"-", name)


def forwarded_response(head: ResponseHead, request: RequestHead, origin: Origin | None, *, chunked: bool) -> bytes:
    """Return the fields of a response of `origin` for the client; `chunked` says whether the client gets chunks."""
    block = _without_hops_back(head, chunked=chunked) if head.hops else head.block
    if head.status == _NO_CONTENT and head.length is not None:
        # RFC 9110, section 8.6: a client that believed the length would wait for a body that never comes.
        block = without(block, lines_of(block.lower(), b"content-length"))
    if origin is None or origin.fields is None:
        return block
    return rewriting_of(origin).block(block, request.edge.way(request))


def _without_hops_back(head: ResponseHead, *, chunked: bool) -> bytes:
    if len(head.hops) == 1 and head.hops[0].kept_alive:
        # The fast path: in most responses, Connection: keep-alive is the only hop-by-hop field.
        at = head.hop_at
        return head.block[:at] + head.block[at + len(head.hops[0].line) :]
    gone: set[bytes] = set()
    for hop in head.hops:
        if hop.name == b"connection" and not hop.kept_alive:
            gone |= _named((hop.value,))
        if not (chunked and hop.name in (b"transfer-encoding", b"trailer")):
            gone.add(hop.name)
    lower = head.lower
    spans: list[tuple[int, int]] = []
    for name in gone:
        spans += lines_of(lower, name)
    if len(spans) > 1:
        spans.sort()
    return without(head.block, spans) if spans else head.block


def _named(values: Iterable[bytes]) -> frozenset[bytes]:
    """Return the names of further fields that values of Connection remove."""
    return frozenset(name for value in values for name in tokens(value) if name) - _KEPT - HOP_BY_HOP
