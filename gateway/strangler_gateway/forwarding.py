"""Header fields on their way through: what is taken out, and what is added."""

from __future__ import annotations

from collections.abc import Iterable

from strangler_gateway.request_facts import RequestFacts
from strangler_gateway.transport.exchange import Headers

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
"""What is meant for the next hop only: RFC 9110, section 7.6.1, and what RFC 2616 named besides."""

IDENTITY_HEADER = b"x-strangler-identity"
IDENTITY_SPELLINGS = frozenset(
    (IDENTITY_HEADER, b"x_strangler_identity", b"x-strangler_identity", b"x_strangler-identity")
)
"""A WSGI server may read _ and - as the same."""
_KEPT = frozenset((b"host", b"content-length"))
"""What Connection must not take out: without it the request would be another one."""


def forwarded_request(request: RequestFacts, *, scheme: str, request_id: bytes, identity: bytes | None) -> Headers:
    """Return the header fields for the upstream; header names of `request` are in lower case.

    `request_id` is used when the request has none. The body's framing is kept: a Transfer-Encoding is written anew.
    """
    named = _named_by_connection(request.headers)
    headers: Headers = []
    forwarded_for = -1
    chunked = has_proto = has_host = has_id = False
    host = b""
    for field in request.headers:
        name, value = field
        if name in HOP_BY_HOP:
            chunked |= name == b"transfer-encoding"
            continue
        if name in named or name in IDENTITY_SPELLINGS:
            continue
        if name == b"host":
            host = value
        elif name == b"x-request-id":
            has_id = True
        elif name.startswith(b"x-forwarded-"):
            if name == b"x-forwarded-for":
                forwarded_for = len(headers)
            has_proto |= name == b"x-forwarded-proto"
            has_host |= name == b"x-forwarded-host"
        headers.append(field)
    peer = request.peer.encode()
    if forwarded_for < 0:
        headers.append((b"x-forwarded-for", peer))
    else:
        headers[forwarded_for] = (b"x-forwarded-for", headers[forwarded_for][1] + b", " + peer)
    if not has_proto:
        headers.append((b"x-forwarded-proto", scheme.encode()))
    if not has_host and host:
        headers.append((b"x-forwarded-host", host))
    if not has_id:
        headers.append((b"x-request-id", request_id))
    if identity is not None:
        headers.append((IDENTITY_HEADER, identity))
    if chunked:
        headers.append((b"transfer-encoding", b"chunked"))
    return headers


def forwarded_response(headers: Headers) -> Headers:
    """Return the header fields for the client, their names as the upstream wrote them."""
    named: frozenset[bytes] | None = None
    for name, _ in headers:
        if name.lower() in HOP_BY_HOP:
            named = _named_by_connection((name.lower(), value) for name, value in headers)
            break
    if named is None:
        return headers
    dropped = HOP_BY_HOP | named
    return [field for field in headers if field[0].lower() not in dropped]


def _named_by_connection(headers: Iterable[tuple[bytes, bytes]]) -> frozenset[bytes]:
    named: set[bytes] = set()
    for name, value in headers:
        if name == b"connection":
            named.update(token.strip().lower() for token in value.split(b","))
    return frozenset(named - _KEPT)
