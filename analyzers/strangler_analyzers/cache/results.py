"""The second cache layer: the facts of the last analysis, keyed by all inputs they were derived from."""

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
"""The size of the length field in front of the keys."""

_Value: TypeAlias = tuple[object, ...] | str | Ledger | Reading | AccessTraffic | StatementTraffic | ObservedRun | None
"""The value of a field of `SystemFacts`."""
_MAP, _ARRAY = b"\xde", b"\xdd"
"""The msgpack markers of a map with a two-byte length and an array with a four-byte length."""
_PIECE = 1_000
"""The number of facts packed at a time."""


def key_of(*parts: object) -> bytes:
    """The key of facts: a digest of plain values."""
    return hashlib.blake2b(_encode(parts), digest_size=DIGEST_BYTES).digest()


class Outline(msgspec.Struct, frozen=True, array_like=True):
    """What matters of a template: digests of its text and its tags, and the lines where the tags begin, in order."""

    text: bytes
    tags: bytes
    lines: tuple[int, ...]


class Keys(msgspec.Struct, frozen=True, array_like=True):
    """The keys under which facts are found again.

    `contents` and `trees` cover all inputs: `contents` by the bytes of the files, `trees` by what was read of them, so
    that it still matches after an edit that moves no line. `others` covers all inputs except the contents of files and
    templates; `files` holds the digests of these files and `templates` their outlines. They identify facts that differ
    in little.
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
        """The facts; None if they cannot be read."""
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
        """The stored result of the last analysis; None if there is none."""
        content = self.file.read()
        if content is None:
            return None
        begin = _LENGTH_BYTES + int.from_bytes(content[:_LENGTH_BYTES], "big")
        try:
            return Result(_decode_keys(content[_LENGTH_BYTES:begin]), content[begin:])
        except msgspec.DecodeError:
            return None

    def save(self, keys: Keys, facts: SystemFacts) -> None:
        """Store facts in place of those of the previous analysis."""
        self.save_packed(keys, packed_facts(facts))

    def save_packed(self, keys: Keys, facts: Iterable[bytes]) -> None:
        """Store facts that are already packed."""
        packed = _encode(keys)
        self.file.write(chain((len(packed).to_bytes(_LENGTH_BYTES, "big"), packed), facts))


def unpacked_facts(packed: bytes | memoryview) -> SystemFacts:
    """The facts from all pieces of `packed_facts` joined together."""
    return _decode(packed)


def packed_facts(facts: SystemFacts) -> Iterator[bytes]:
    """The facts packed piece by piece; as a whole they would take another half of the memory of the facts."""
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
