"""What files say about each other, kept from one analysis to the next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from strangler_analyzers.cache.origin import origin_of_trees
from strangler_analyzers.cache.sealed_file import SealedFile

_decode = msgspec.msgpack.Decoder(dict[bytes, bytes]).decode
_encode = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True, slots=True)
class RememberedReferences:
    """Packed references by the digest of the file; `known` is what the folder held when it was opened."""

    file: SealedFile
    known: Mapping[bytes, bytes]

    @classmethod
    def open(cls, folder: Path) -> RememberedReferences:
        """Those in the folder of a cache, none when nothing there can be used."""
        file = SealedFile(folder / "references", origin_of_trees())
        content = file.read()
        try:
            return cls(file, _decode(content) if content is not None else {})
        except msgspec.DecodeError:
            return cls(file, {})

    def save(self, references: Iterable[tuple[bytes, bytes]]) -> None:
        """Keep these and no others."""
        kept = dict(references)
        if kept.keys() != self.known.keys():
            self.file.write((_encode(kept),))
