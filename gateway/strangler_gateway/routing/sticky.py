"""Which client a request belongs to, and which share of the clients goes to v2."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import Final

from strangler.model.authority import Side
from strangler.project import Override, StickyKey, StickySource
from strangler_gateway.requests.facts import RequestFacts

PLACES: Final = 1 << 64
_MOST_KNOWN: Final = 2_048
_LONGEST_KNOWN: Final = 256
_COOKIE: Final = StickySource.COOKIE
_HEADER: Final = StickySource.HEADER
_USER: Final = StickySource.USER
"""Bound here because each access to an enumeration's member is a lookup of its own."""
_V2_NAME: Final = Side.V2.encode()


def in_share(service: str, key: bytes, percent: float) -> bool:
    """Whether a client is among the first `percent` of all clients of a service.

    The place of a client is a hash of its key and never changes, so a client in a share is in every larger share.
    """
    return Share(service, percent).holds(key)


class Share:
    """The first `percent` of all clients of a service, see `in_share`; with a bounded cache of recent clients."""

    __slots__ = ("_begun", "_known", "_limit")

    def __init__(self, service: str, percent: float) -> None:
        self._begun = _hash_of(service)
        self._limit = percent * PLACES
        self._known: dict[bytes, bool] = {}

    def holds(self, key: bytes) -> bool:
        """Whether a client is in the share."""
        known = self._known
        answer = known.get(key)
        if answer is None:
            hashed = self._begun.copy()
            hashed.update(key)
            answer = _number(hashed.digest(), "big") * 100 < self._limit
            if len(known) >= _MOST_KNOWN:
                known.clear()
            if len(key) <= _LONGEST_KNOWN:
                known[key] = answer
        return answer


def place_of(name: str, key: bytes) -> int:
    """Return a client's place from 0 to `PLACES` - 1; it differs by `name`, and is the same on every machine."""
    hashed = _hash_of(name).copy()
    hashed.update(key)
    return int.from_bytes(hashed.digest(), "big")


_number: Final = int.from_bytes


@lru_cache(maxsize=4096)
def _hash_of(name: str) -> blake2b:
    return blake2b(digest_size=8, key=name.encode()[:64])


class KeyReader:
    """Finds the value of a sticky key in requests."""

    __slots__ = ("_name", "_source")

    def __init__(self, key: StickyKey) -> None:
        self._source = key.source
        self._name = (key.name.lower() if key.source is StickySource.HEADER else key.name).encode()

    def of(self, request: RequestFacts) -> bytes | None:
        """Return the request's value of the key, None when it has none."""
        source = self._source
        if source is _COOKIE:
            return request.cookie(self._name)
        if source is _HEADER:
            return request.header(self._name)
        return request.user if source is _USER else request.client()


class StickyReader:
    """Finds the key that keeps a client on one side: its address when the request lacks the sticky key."""

    __slots__ = ("_reader",)

    def __init__(self, key: StickyKey | None) -> None:
        self._reader = None if key is None else KeyReader(key)

    def of(self, request: RequestFacts) -> bytes:
        """Return the key of a request's client."""
        reader = self._reader
        found = None if reader is None else reader.of(request)
        return found or request.client()


class OverrideReader:
    """Finds the name of the side or arm that a request asks for."""

    __slots__ = ("_reader", "_wanted")

    def __init__(self, override: Override) -> None:
        self._reader = KeyReader(override.key)
        self._wanted = None if override.value is None else override.value.encode()

    def of(self, request: RequestFacts) -> bytes | None:
        """Return the name a request asks for, None when it asks for none."""
        found = self._reader.of(request)
        if self._wanted is None:
            return found
        return _V2_NAME if found == self._wanted else None
