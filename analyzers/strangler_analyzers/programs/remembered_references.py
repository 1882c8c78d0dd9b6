"""Caches the files' references to each other between analyses."""

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
    """Packed references by file digest; `known` is the content of the cache when it was opened."""

    file: SealedFile
    known: Mapping[bytes, bytes]

    @classmethod
    def open(cls, folder: Path) -> RememberedReferences:
        """The references in a cache folder; empty if nothing there can be used."""
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
