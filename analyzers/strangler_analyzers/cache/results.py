"""The second layer: the facts of the last analysis, by everything they were found from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import msgspec

from strangler.model.system import SystemFacts
from strangler_analyzers.cache.origin import DIGEST_BYTES, origin_of_facts
from strangler_analyzers.cache.sealed_file import SealedFile

_decode = msgspec.msgpack.Decoder(SystemFacts).decode
_encode = msgspec.msgpack.Encoder().encode


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
        self.file.write(of_contents, of_trees, _encode(facts))
