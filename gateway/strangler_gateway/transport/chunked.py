"""Chunked bodies (RFC 9112, section 7.1), decoded strictly and within bounds."""

from __future__ import annotations

import re
from typing import Final

from strangler_gateway.transport.grammar import BLOCK

MAX_LINE: Final = 4096
"""The most bytes of a chunk's size line, with its extensions, which are dropped."""
MAX_TRAILERS: Final = 64 * 1024
_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,15})(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?\r\n")


class ChunkedError(Exception):
    """The chunked body is malformed."""


class ChunkedBody:
    """Decodes one body; once `complete`, `trailers` is its trailer block and `rest` the bytes after the body."""

    __slots__ = ("_ending", "_left", "_pending", "complete", "rest", "trailers")

    def __init__(self) -> None:
        self._pending = b""
        self._left = 0
        self._ending = False
        self.complete = False
        self.trailers = b""
        self.rest = b""

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes and return the part of the body in them; ChunkedError when they are malformed."""
        if self._pending:
            data = self._pending + data
            self._pending = b""
        parts: list[bytes] = []
        at = 0
        while not self.complete and at < len(data):
            if self._ending:
                at = self._read_trailers(data, at)
            elif self._left > 2:
                end = min(len(data), at + self._left - 2)
                parts.append(data[at:end])
                self._left -= end - at
                at = end
            elif self._left:
                at = self._read_line_break(data, at)
            else:
                at = self._read_size(data, at)
        if self.complete:
            self.rest = data[at:]
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _read_line_break(self, data: bytes, at: int) -> int:
        if data[at] != b"\n\r"[self._left - 1]:
            raise ChunkedError("a chunk is longer than it says")
        self._left -= 1
        return at + 1

    def _read_size(self, data: bytes, at: int) -> int:
        match = _SIZE.match(data, at)
        if match is None:
            if len(data) - at > MAX_LINE or b"\n" in data[at:]:
                raise ChunkedError("the size of a chunk cannot be understood")
            self._pending = data[at:]
            return len(data)
        if match.end() - at > MAX_LINE:
            raise ChunkedError("the extensions of a chunk are too long")
        size = int(match[1], 16)
        if size:
            self._left = size + 2
        else:
            self._ending = True
            # Trailers are read as a block, which begins with a line break.
            return match.end() - 2
        return match.end()

    def _read_trailers(self, data: bytes, at: int) -> int:
        end = data.find(b"\r\n\r\n", at)
        if (len(data) if end < 0 else end) - at > MAX_TRAILERS:
            raise ChunkedError("the trailers are too long")
        if end < 0:
            self._pending = data[at:]
            return len(data)
        trailers = data[at:end]
        if BLOCK.fullmatch(trailers) is None:
            raise ChunkedError("the trailers cannot be understood")
        self.trailers = trailers
        self.complete = True
        return end + 4


def chunk(data: bytes) -> bytes:
    """Return a non-empty part of a body as one chunk."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def last_chunk(trailers: bytes = b"") -> bytes:
    """Return the last chunk of a body and its `trailers`, a block."""
    return b"0" + trailers + b"\r\n\r\n"
