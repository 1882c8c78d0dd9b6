"""What a document says, as one number: the same however it is written down, another one with any change of meaning."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import msgspec

from strangler.contracts.document import Document
from strangler.contracts.json5 import is_array, is_object
from strangler.contracts.library import Library

_WRITTEN_DOWN = frozenset({"place", "file", "imports"})


def meaning_hash(document: Document, library: Library, needed: Sequence[str]) -> str:
    """SHA-256 of the document and of the types it needs from others; where and how they stand does not count."""
    others = [library.declarations[name] for name in needed if library.owners[name] is not document]
    plain: object = msgspec.json.decode(msgspec.json.encode((document, others)))
    return sha256(msgspec.json.encode(_meaning(plain))).hexdigest()


def _meaning(value: object) -> object:
    if is_object(value):
        return {key: _meaning(item) for key, item in value.items() if key not in _WRITTEN_DOWN}
    if is_array(value):
        return [_meaning(item) for item in value]
    return value
