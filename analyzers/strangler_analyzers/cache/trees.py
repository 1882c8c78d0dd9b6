"""The first cache layer: the tree of each source file, keyed by the digest of its bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import msgspec

from strangler_analyzers.cache.origin import origin_of_trees
from strangler_analyzers.cache.sealed_file import SealedFile

Outcome: TypeAlias = bytes | str
"""The packed tree of a file, or one line that says why there is none."""

_SHARDS = 16
"""The number of files the cache is split into: an edit rewrites only one of them."""


class _Shard(msgspec.Struct, array_like=True):
    trees: dict[bytes, bytes]
    reasons: dict[bytes, str]


_decode = msgspec.msgpack.Decoder(_Shard).decode
_encode = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True, slots=True)
class TreeCache:
    """Outcomes by digest; `known` is the content of the cache when it was opened."""

    shards: tuple[SealedFile, ...]
    known: Mapping[bytes, Outcome]

    @classmethod
    def open(cls, folder: Path) -> TreeCache:
        """The cache in a folder; empty if nothing there can be used."""
        origin = origin_of_trees()
        shards = tuple(SealedFile(folder / "trees" / f"{shard:x}", origin) for shard in range(_SHARDS))
        known: dict[bytes, Outcome] = {}
        for shard in shards:
            content = shard.read()
            if content is not None:
                known.update(_entries(content))
        return cls(shards, known)

    def save(self, outcomes: Iterable[tuple[bytes, Outcome]]) -> None:
        """Keep these outcomes and no others; only shards that change are written."""
        kept = dict(outcomes)
        if kept.keys() == self.known.keys():
            return
        for number, shard in enumerate(self.shards):
            entries = {digest: outcome for digest, outcome in kept.items() if digest[0] % _SHARDS == number}
            if entries.keys() != {digest for digest in self.known if digest[0] % _SHARDS == number}:
                trees = {digest: outcome for digest, outcome in entries.items() if isinstance(outcome, bytes)}
                reasons = {digest: outcome for digest, outcome in entries.items() if isinstance(outcome, str)}
                shard.write((_encode(_Shard(trees, reasons)),))


def _entries(content: memoryview) -> Mapping[bytes, Outcome]:
    try:
        shard = _decode(content)
    except msgspec.DecodeError:
        return {}
    return {**shard.trees, **shard.reasons}
