"""A hash of what a document means: independent of how it is written, and different after any change of meaning."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import msgspec

from strangler.contracts.document import Document
from strangler.contracts.json5 import is_array, is_object
from strangler.contracts.library import Library

_WRITTEN_DOWN = frozenset({"place", "file", "imports"})
_OF_OTHERS = frozenset({"calls", "follows", "concurrent", "p99"})
"""What a document says of the services it uses and of latency, neither of which appears on the wire."""


def meaning_hash(document: Document, library: Library, needed: Sequence[str]) -> str:
    """SHA-256 of the document and of the types it needs from others, independent of where and how they are written."""
    others = [library.declarations[name] for name in needed if library.owners[name] is not document]
    plain: object = msgspec.json.decode(msgspec.json.encode((document, others)))
    return sha256(msgspec.json.encode(_meaning(_own(plain)))).hexdigest()


def _own(value: object, path: tuple[str, ...] = ()) -> object:
    """The array that begins with the document, less what that says of others at its top and in its operations."""
    if is_array(value):
        return [_own(item, path) for item in value]
    if not is_object(value) or path not in _ABOVE_OPERATIONS:
        return value
    return {key: _own(item, (*path, key)) for key, item in value.items() if key not in _OF_OTHERS}


_ABOVE_OPERATIONS = frozenset({(), ("resources",), ("resources", "operations")})


def _meaning(value: object) -> object:
    if is_object(value):
        return {key: _meaning(item) for key, item in value.items() if key not in _WRITTEN_DOWN}
    if is_array(value):
        return [_meaning(item) for item in value]
    return value
