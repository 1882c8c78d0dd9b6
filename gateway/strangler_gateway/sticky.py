"""Which client a request belongs to, and which part of the clients goes to v2."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from hashlib import blake2b
from typing import Final

from strangler.model.authority import Side
from strangler.project import Override, StickyKey, StickySource
from strangler_gateway.request_facts import RequestFacts

PLACES: Final = 1 << 64


def in_share(service: str, key: bytes, percent: float) -> bool:
    """Whether a client is among the first `percent` of all clients of a service.

    The place of a client is a hash of its key and never changes: whoever is in a share is in every larger one.
    """
    return share_test(service, percent)(key)


def share_test(service: str, percent: float) -> Callable[[bytes], bool]:
    """Return `in_share` for one share of one service."""
    if percent <= 0:
        return lambda _: False
    begun, limit = _hash_of(service), percent * PLACES

    def test(key: bytes) -> bool:
        hashed = begun.copy()
        hashed.update(key)
        return _number(hashed.digest(), "big") * 100 < limit

    return test


def place_of(name: str, key: bytes) -> int:
    """Return the place of a client among all, from 0 to `PLACES`: another one for every `name`, on every machine."""
    hashed = _hash_of(name).copy()
    hashed.update(key)
    return int.from_bytes(hashed.digest(), "big")


_number: Final = int.from_bytes


@lru_cache(maxsize=4096)
def _hash_of(name: str) -> blake2b:
    return blake2b(digest_size=8, key=name.encode()[:64])


def sticky_value(key: StickyKey | None, request: RequestFacts) -> bytes:
    """Return what keeps the client of a request on one side; its address when the request lacks the key."""
    return sticky_reader(key)(request)


def sticky_reader(key: StickyKey | None) -> Callable[[RequestFacts], bytes]:
    """Return what finds the `sticky_value` of requests."""
    if key is None or key.source is StickySource.CLIENT:
        return _address
    if key.source is StickySource.COOKIE:
        cookie = key.name.encode()
        return lambda request: request.cookie(cookie) or request.client()
    read = key_reader(key)
    return lambda request: read(request) or request.client()


def key_value(key: StickyKey, request: RequestFacts) -> bytes | None:
    """Return the value of a sticky key, None when the request has none."""
    return key_reader(key)(request)


def key_reader(key: StickyKey) -> Callable[[RequestFacts], bytes | None]:
    """Return what finds the value of a sticky key."""
    match key.source:
        case StickySource.COOKIE:
            cookie = key.name.encode()
            return lambda request: request.cookie(cookie)
        case StickySource.HEADER:
            header = key.name.lower().encode()
            return lambda request: request.header(header)
        case StickySource.USER:
            return lambda request: request.user
        case StickySource.CLIENT:
            return _address


def _address(request: RequestFacts) -> bytes:
    # Not the method of the class itself: a request off the wire knows better who stands behind its connection.
    return request.client()


def override_reader(override: Override) -> Callable[[RequestFacts], bytes | None]:
    """Return what finds which side or arm requests ask for, by its name."""
    read = key_reader(override.key)
    if override.value is None:
        return read
    wanted, v2 = override.value.encode(), Side.V2.encode()
    return lambda request: v2 if read(request) == wanted else None


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
