"""Frames the body of a request for the wire."""

from __future__ import annotations

from strangler_gateway.transport.chunked import chunk, last_chunk


class BodyFraming:
    """Frames the parts of a request body: as they are with a Content-Length, or as chunks when `length` is None."""

    __slots__ = ("_left",)

    def __init__(self, length: int | None) -> None:
        self._left = length

    def frame(self, data: bytes) -> bytes:
        """Return the bytes to write for a non-empty part of the body; ValueError beyond the declared length."""
        if self._left is None:
            return chunk(data)
        self._left -= len(data)
        if self._left < 0:
            raise ValueError("the request body is longer than its Content-Length")
        return data

    def end(self, trailers: bytes = b"") -> bytes:
        """Return the bytes that end the body, with a block of trailers; ValueError below the declared length."""
        if self._left is None:
            return last_chunk(trailers)
        if self._left:
            raise ValueError("the request body is shorter than its Content-Length")
        return b""
