"""The second layer: the facts of the last analysis, by everything they were found from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
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
_LENGTH_BYTES = 4
"""In front of the keys: how long they are."""

_Value: TypeAlias = tuple[object, ...] | str | Ledger | Reading | AccessTraffic | StatementTraffic | ObservedRun | None
"""What a field of `SystemFacts` holds."""
_MAP, _ARRAY = b"\xde", b"\xdd"
"""How msgpack begins a map and an array whose lengths follow in two and in four bytes."""
_PIECE = 1_000
"""Facts packed at a time."""


def key_of(*parts: object) -> bytes:
    """What facts are known by: the digest of plain values."""
    return hashlib.blake2b(_encode(parts), digest_size=DIGEST_BYTES).digest()


class Outline(msgspec.Struct, frozen=True, array_like=True):
    """What of a template counts: digests of its text and of its tags, and the lines these begin on, in order."""

    text: bytes
    tags: bytes
    lines: tuple[int, ...]


class Keys(msgspec.Struct, frozen=True, array_like=True):
    """What facts are found again by.

    `contents` and `trees` are over all they were found from, by what the files contain and by what was read of them:
    the second knows the facts again after an edit that moves no line. `others` leaves out what files and templates
    contain, of which `files` holds the digests and `templates` the outlines: whose facts they are but for a little.
    """

    contents: bytes
    trees: bytes
    others: bytes
    files: tuple[bytes, ...]
    templates: tuple[Outline, ...]


_decode_keys = msgspec.msgpack.Decoder(Keys).decode


@dataclass(frozen=True, slots=True)
class Result:
    """The facts of the last analysis, still packed."""

    keys: Keys
    packed: memoryview

    def facts(self) -> SystemFacts | None:
        """The facts; None when they can not be read."""
        try:
            return unpacked_facts(self.packed)
        except msgspec.DecodeError:
            return None


@dataclass(frozen=True, slots=True)
class ResultCache:
    """The facts of the last analysis, by `Keys`."""

    file: SealedFile

    @classmethod
    def open(cls, folder: Path) -> ResultCache:
        """The cache in a folder."""
        return cls(SealedFile(folder / "facts", origin_of_facts()))

    def find(self, key: bytes) -> SystemFacts | None:
        """The facts, if the last analysis had this key."""
        last = self.last()
        return last.facts() if last is not None and key in {last.keys.contents, last.keys.trees} else None

    def last(self) -> Result | None:
        """What the last analysis left."""
        content = self.file.read()
        if content is None:
            return None
        begin = _LENGTH_BYTES + int.from_bytes(content[:_LENGTH_BYTES], "big")
        try:
            return Result(_decode_keys(content[_LENGTH_BYTES:begin]), content[begin:])
        except msgspec.DecodeError:
            return None

    def save(self, keys: Keys, facts: SystemFacts) -> None:
        """Remember facts in place of those of the analysis before."""
        self.save_packed(keys, packed_facts(facts))

    def save_packed(self, keys: Keys, facts: Iterable[bytes]) -> None:
        """Remember facts that are packed already."""
        packed = _encode(keys)
        self.file.write(chain((len(packed).to_bytes(_LENGTH_BYTES, "big"), packed), facts))


def unpacked_facts(packed: bytes | memoryview) -> SystemFacts:
    """What `packed_facts` was given, of all its pieces."""
    return _decode(packed)


def packed_facts(facts: SystemFacts) -> Iterator[bytes]:
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
