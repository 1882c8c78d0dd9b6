"""What files hold, and what that is known by."""

from __future__ import annotations

import hashlib

DIGEST_BYTES = 16


def content_of(path: str) -> bytes:
    """The bytes of a file; OSError when it can not be read."""
    with open(path, "rb", buffering=0) as file:
        return file.readall()


def digest_of(content: bytes) -> bytes:
    """What a content is known by: nearly every processor has instructions for this hash."""
    return hashlib.sha256(content).digest()[:DIGEST_BYTES]


def unreadable(error: OSError) -> tuple[bytes, str]:
    """What stands for a content that can not be read, longer than any digest of one, and the reason in one line."""
    reason = f"can not be read: {error.strerror}"
    return b"!" + digest_of(reason.encode()), reason


def digest_of_file(path: str) -> bytes:
    """What the content of a file is known by now, or why there is none."""
    try:
        return digest_of(content_of(path))
    except OSError as error:
        return unreadable(error)[0]
