"""The second layer: the facts of the last analysis, by everything they were found from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import chain
from pathlib import Path
from typing import TypeAlias

import msgspec

from strangler.model.evidence import AccessTraffic, ObservedRun, StatementTraffic
from strangler.model.system import Ledger, Reading, SystemFacts
from strangler_analyzers.cache.origin import DIGEST_BYTES, origin_of_facts
from strangler_analyzers.cache.sealed_file import SealedFile

_decode = msgspec.msgpack.Decoder(SystemFacts).decode
_encode = msgspec.msgpack.Encoder().encode

_Value: TypeAlias = tuple[object, ...] | str | Ledger | Reading | AccessTraffic | StatementTraffic | ObservedRun | None
"""What a field of `SystemFacts` holds."""
_MAP, _ARRAY = b"\xde", b"\xdd"
"""How msgpack begins a map and an array whose lengths follow in two and in four bytes."""
_PIECE = 1_000
"""Facts packed at a time."""


def key_of(*parts: object) -> bytes:
    """What facts are known by: the digest of plain values."""
    return hashlib.blake2b(_encode(parts), digest_size=DIGEST_BYTES).digest()


@dataclass(frozen=True, slots=True)
class ResultCache:
    """Facts under two keys: of what the files contain, and of what was read of them.

    The second one knows the facts again after an edit that only touches comments or spaces.
    """

    file: SealedFile

    @classmethod
    def open(cls, folder: Path) -> ResultCache:
        """The cache in a folder."""
        return cls(SealedFile(folder / "facts", origin_of_facts()))

    def find(self, key: bytes) -> SystemFacts | None:
        """The facts, if the last analysis had this key."""
        content = self.file.read()
        if content is None:
            return None
        of_contents, of_trees = content[:DIGEST_BYTES], content[DIGEST_BYTES : 2 * DIGEST_BYTES]
        if key not in (bytes(of_contents), bytes(of_trees)):
            return None
        try:
            return _decode(content[2 * DIGEST_BYTES :])
        except msgspec.DecodeError:
            return None

    def save(self, of_contents: bytes, of_trees: bytes, facts: SystemFacts) -> None:
        """Remember facts in place of those of the analysis before."""
        self.file.write(chain((of_contents, of_trees), _pieces(facts)))


def _pieces(facts: SystemFacts) -> Iterator[bytes]:
    """The facts as `_decode` reads them, piece by piece: whole they would take half the memory of the facts again."""
    names = [field.name for field in fields(facts)]
    yield _MAP + len(names).to_bytes(2, "big")
    for name in names:
        yield _encode(name)
        value: _Value = getattr(facts, name)
        yield from _items(value) if isinstance(value, tuple) else (_encode(value),)


def _items(items: tuple[object, ...]) -> Iterator[bytes]:
    yield _ARRAY + len(items).to_bytes(4, "big")
    for start in range(0, len(items), _PIECE):
        yield b"".join(map(_encode, items[start : start + _PIECE]))
