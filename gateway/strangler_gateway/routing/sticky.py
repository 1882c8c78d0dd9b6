"""Which client a request belongs to, and which part of the clients goes to v2."""

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
"""Every look into an enumeration is a search of its own."""
_V2_NAME: Final = Side.V2.encode()


def in_share(service: str, key: bytes, percent: float) -> bool:
    """Whether a client is among the first `percent` of all clients of a service.

    The place of a client is a hash of its key and never changes: whoever is in a share is in every larger one.
    """
    return Share(service, percent).holds(key)


class Share:
    """The first `percent` of all clients of a service, see `in_share`; remembers whom it was asked about last."""

    __slots__ = ("_begun", "_known", "_limit")

    def __init__(self, service: str, percent: float) -> None:
        self._begun = _hash_of(service)
        self._limit = percent * PLACES
        self._known: dict[bytes, bool] = {}

    def holds(self, key: bytes) -> bool:
        """Whether a client is among them."""
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
    """Return the place of a client among all, from 0 to `PLACES`: another one for every `name`, on every machine."""
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
        """Return the value for a request, None when it has none."""
        source = self._source
        if source is _COOKIE:
            return request.cookie(self._name)
        if source is _HEADER:
            return request.header(self._name)
        return request.user if source is _USER else request.client()


class StickyReader:
    """Finds what keeps the client of a request on one side; its address when the request lacks the key."""

    __slots__ = ("_reader",)

    def __init__(self, key: StickyKey | None) -> None:
        self._reader = None if key is None else KeyReader(key)

    def of(self, request: RequestFacts) -> bytes:
        """Return it for a request."""
        reader = self._reader
        found = None if reader is None else reader.of(request)
        return found or request.client()


class OverrideReader:
    """Finds which side or arm requests ask for, by its name."""

    __slots__ = ("_reader", "_wanted")

    def __init__(self, override: Override) -> None:
        self._reader = KeyReader(override.key)
        self._wanted = None if override.value is None else override.value.encode()

    def of(self, request: RequestFacts) -> bytes | None:
        """Return it for a request, None when it asks for none."""
        found = self._reader.of(request)
        if self._wanted is None:
            return found
        return _V2_NAME if found == self._wanted else None
