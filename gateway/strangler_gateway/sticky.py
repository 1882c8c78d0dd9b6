"""Which client a request belongs to, and which part of the clients goes to v2."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

from strangler.project import StickyKey, StickySource
from strangler_gateway.request_facts import RequestFacts

_BUCKETS = 1 << 64


def in_share(service: str, key: bytes, percent: float) -> bool:
    """Whether a client is among the first `percent` of all clients of a service.

    The place of a client is a hash of its key and never changes: whoever is in a share is in every larger one.
    """
    if percent <= 0:
        return False
    digest = blake2b(key, digest_size=8, key=service.encode()[:64]).digest()
    return int.from_bytes(digest, "big") * 100 < percent * _BUCKETS


def sticky_value(key: StickyKey | None, request: RequestFacts) -> bytes:
    """Return what keeps the client of a request on one side; its address when the request lacks the key."""
    return (key and key_value(key, request)) or request.client()


def key_value(key: StickyKey, request: RequestFacts) -> bytes | None:
    """Return the value of a sticky key, None when the request has none."""
    match key.source:
        case StickySource.COOKIE:
            return request.cookie(key.name.encode())
        case StickySource.HEADER:
            return request.header(key.name.lower().encode())
        case StickySource.USER:
            return request.user
        case StickySource.CLIENT:
            return request.client()


def client_marks(keys: Iterable[StickyKey], request: RequestFacts) -> frozenset[bytes]:
    """Return everything by which a later request may be known to come from the same client, as digests.

    These are the sticky keys of the service, the credentials, and the address when there is none of them.
    """
    values = {(key.source + ":" + key.name, key_value(key, request)) for key in keys}
    values |= {(name, request.header(name.encode())) for name in ("authorization", "cookie")}
    marks = {_digest(name, value) for name, value in values if value}
    return frozenset(marks) or frozenset((address_mark(request),))


def address_mark(request: RequestFacts) -> bytes:
    """Return the mark of the client's address."""
    return _digest("client:", request.client())


def _digest(name: str, value: bytes) -> bytes:
    return blake2b(value, digest_size=16, key=name.encode()[:64]).digest()
