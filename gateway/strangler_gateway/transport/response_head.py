"""The head of a response."""

from __future__ import annotations

import re
from typing import Final

from strangler_gateway.transport.errors import UpstreamProtocolError
from strangler_gateway.transport.grammar import END, RESPONSE_HEAD, Headers, fields_of, tokens

MAX_HEAD: Final = 256 * 1024
"""Bytes the head of a response may have where nothing else is said."""
_ZERO: Final = ord("0")
_ONE: Final = ord("1")
_BARE: Final = re.compile(rb"(?<!\r)\n")
_SPECIAL: Final = re.compile(
    rb"\r\n(connection|content-length|keep-alive|proxy-authenticate|proxy-authorization|proxy-connection|te|trailer"
    rb"|transfer-encoding|upgrade):[ \t]*+([^\r]*+)"
)


class ResponseHead:
    """Status and fields; `block` holds the field lines as they came, `lower` the same in lower case.

    `hops` are names and values of what is meant for this hop only, in lower case, in order (RFC 9110, section 7.6.1).
    """

    __slots__ = (
        "_fields_at",
        "block",
        "chunked",
        "hops",
        "length",
        "lower",
        "one_one",
        "persistent",
        "raw",
        "status",
    )

    def __init__(self, raw: bytes, match: re.Match[bytes]) -> None:
        """Read the framing; UpstreamProtocolError when it is ambiguous, or one that can not be passed on."""
        at = match.end(1)
        block = raw[at : -len(END)]
        self.raw = raw
        self._fields_at = at
        self.status = (raw[9] - _ZERO) * 100 + (raw[10] - _ZERO) * 10 + raw[11] - _ZERO
        self.block: bytes = block
        self.lower: bytes = block.lower()
        self.one_one = self.persistent = raw[7] == _ONE
        length: int | None = None
        self.chunked = False
        self.hops: list[tuple[bytes, bytes]] = []
        for special in _SPECIAL.findall(self.lower):
            name, value = special
            if name == b"content-length":
                length = _length(value, length)
                continue
            self.hops.append(special)
            if name == b"connection":
                if value != b"keep-alive" and b"close" in tokens(value):
                    self.persistent = False
            elif name == b"transfer-encoding":
                if value.rstrip(b" \t") != b"chunked" or self.chunked or not self.one_one:
                    raise UpstreamProtocolError(f"the transfer coding {value!r} can not be passed on")
                self.chunked = True
        if self.chunked and length is not None:
            raise UpstreamProtocolError("a response with Content-Length and Transfer-Encoding")
        self.length = length

    @property
    def line(self) -> bytes:
        """The status line of HTTP/1.1."""
        at = self._fields_at
        return self.raw[:at] if self.one_one else b"HTTP/1.1" + self.raw[8:at]

    @property
    def reason(self) -> bytes:
        """The reason phrase."""
        return self.raw[len(b"HTTP/1.1 200 ") : self._fields_at]

    @property
    def headers(self) -> Headers:
        """Names and values as they stand in the response."""
        return fields_of(self.block)


def _length(value: bytes, before: int | None) -> int:
    """Read a Content-Length; one that was there `before` must have said the same."""
    digits = value if value.isdigit() else value.rstrip(b" \t")
    if digits.isdigit():
        length = int(digits)
        if before is None or before == length:
            return length
    raise UpstreamProtocolError(f"the Content-Length {value!r} can not be understood")


def read_response_head(data: bytes, most: int = MAX_HEAD) -> ResponseHead | None:
    """Return the head `data` begins with, None when it is not there yet.

    UpstreamProtocolError when it is malformed, or longer than `most` bytes.
    """
    match = RESPONSE_HEAD.match(data)
    if match is not None:
        end = match.end()
        if end > most:
            raise _too_long()
        return ResponseHead(data if end == len(data) else data[:end], match)
    if _BARE.search(data):
        # RFC 9112, section 2.2, lets a recipient take it for the end of a line: two may read one head differently.
        raise UpstreamProtocolError("a line of the response's head does not end in CR LF")
    if b"\r\n\r\n" in data or not data.startswith(b"HTTP/1."[: len(data)]):
        raise UpstreamProtocolError("the response is not HTTP/1.1")
    if len(data) > most:
        raise _too_long()
    return None


def _too_long() -> UpstreamProtocolError:
    return UpstreamProtocolError("the head of the response is too long")
