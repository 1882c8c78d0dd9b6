"""File contents and their digests."""

from __future__ import annotations

import hashlib

DIGEST_BYTES = 16


def content_of(path: str) -> bytes:
    """The bytes of a file; OSError if it cannot be read."""
    with open(path, "rb", buffering=0) as file:
        return file.readall()


def digest_of(content: bytes) -> bytes:
    """The digest that identifies a content, by a hash that nearly every processor has instructions for."""
    return hashlib.sha256(content).digest()[:DIGEST_BYTES]


def unreadable(error: OSError) -> tuple[bytes, str]:
    """A stand-in for the digest of a file that cannot be read, longer than any digest, and the reason in one line."""
    reason = f"cannot be read: {error.strerror}"
    return b"!" + digest_of(reason.encode()), reason


def digest_of_file(path: str) -> bytes:
    """The digest of a file's present content, or the stand-in if it cannot be read."""
    try:
        return digest_of(content_of(path))
    except OSError as error:
        return unreadable(error)[0]
