"""Marks that recognise a client that has written when it reads again, whatever its routes are sticky by."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

from strangler.project import StickyKey, StickySource
from strangler_gateway.requests.facts import RequestFacts
from strangler_gateway.routing.sticky import KeyReader

_CREDENTIALS: Final = ("authorization", "cookie")
_MOST_KNOWN: Final = 2_048
_LONGEST_KNOWN: Final = 1_024


class _Digests:
    """Makes the marks for the values of one name, with a bounded cache."""

    __slots__ = ("_begun", "_known")

    def __init__(self, name: str) -> None:
        self._begun = blake2b(digest_size=16, key=name.encode()[:64])
        self._known: dict[bytes, bytes] = {}

    def of(self, value: bytes) -> bytes:
        known = self._known
        mark = known.get(value)
        if mark is None:
            hashed = self._begun.copy()
            hashed.update(value)
            mark = hashed.digest()
            if len(known) >= _MOST_KNOWN:
                known.clear()
            if len(value) <= _LONGEST_KNOWN:
                known[value] = mark
        return mark


class MarkReader:
    """Finds everything that may identify a later request of the same client, as digests of 16 bytes.

    These are the sticky keys of a service, the credentials, and the address when the request has none of those.
    """

    __slots__ = ("_address", "_parts")

    def __init__(self, keys: Iterable[StickyKey]) -> None:
        self._address = _Digests(f"{StickySource.CLIENT}:")
        self._parts = (
            *((KeyReader(key), _Digests(f"{key.source}:{key.name}")) for key in keys),
            *((KeyReader(StickyKey(StickySource.HEADER, name)), _Digests(name)) for name in _CREDENTIALS),
        )

    def of_write(self, request: RequestFacts) -> frozenset[bytes]:
        """Return the marks that a write leaves behind."""
        marks = self._found(request)
        if not marks:
            marks.append(self._address.of(request.client()))
        return frozenset(marks)

    def of_read(self, request: RequestFacts) -> frozenset[bytes]:
        """Return all marks an earlier write may have left; always with the address, which a write without keys left."""
        marks = self._found(request)
        marks.append(self._address.of(request.client()))
        return frozenset(marks)

    def _found(self, request: RequestFacts) -> list[bytes]:
        marks: list[bytes] = []
        for part in self._parts:
            reader, digests = part
            value = reader.of(request)
            if value:
                marks.append(digests.of(value))
        return marks
