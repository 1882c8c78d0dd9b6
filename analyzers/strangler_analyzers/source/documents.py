"""OpenAPI documents: files of YAML or JSON from which a library makes the routes of a program."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass

_SUFFIXES = (".yaml", ".yml", ".json")
MAX_BYTES = 4 * 1024 * 1024
"""Larger documents (bytes) are not read; those of large services have a tenth of this."""
_HEAD_BYTES = 4096
"""The beginning of a file (bytes) in which a document says what it is."""
_MARKS = (b"openapi", b"swagger")
"""The fields that OpenAPI 3 and Swagger 2 require of a document; one of them is in its first lines."""


@dataclass(frozen=True, slots=True, order=True)
class DocumentFile:
    """A file that may be a document: `file` is relative to the analysed root."""

    file: str
    path: str


@dataclass(frozen=True, slots=True)
class Document:
    """The text of a document; None if it is too large."""

    file: str
    text: str | None


def may_be_document(name: str) -> bool:
    """Whether a file of this name can be a document."""
    return name.endswith(_SUFFIXES)


def read_documents(files: Iterable[DocumentFile]) -> tuple[Document, ...]:
    """The files that begin like an OpenAPI document; one that cannot be read is left out."""
    return tuple(document for file in files if (document := _read(file)) is not None)


def _read(file: DocumentFile) -> Document | None:
    try:
        status = os.stat(file.path)
        if not stat.S_ISREG(status.st_mode):
            return None
        with open(file.path, "rb", buffering=0) as opened:
            head = opened.read(_HEAD_BYTES)
            if not any(mark in head for mark in _MARKS):
                return None
            if status.st_size > MAX_BYTES:
                return Document(file.file, None)
            rest = opened.read(MAX_BYTES - len(head) + 1) if len(head) == _HEAD_BYTES else b""
    except OSError:
        return None
    return Document(file.file, (head + rest).decode("utf-8", "replace"))
