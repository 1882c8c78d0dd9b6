"""The head of a response."""

from __future__ import annotations

from typing import Final

from strangler_gateway.transport.errors import UpstreamProtocolError
from strangler_gateway.transport.grammar import END, Headers, fields_of, tokens
from strangler_gateway.transport.response_lines import PLAIN, RecentLines, Special, malformed

MAX_HEAD: Final = 256 * 1024
"""The most bytes of a response's head by default."""
_LINES: Final = RecentLines()


class ResponseHead:
    """Status and fields of a response; `block` holds the field lines as received.

    `hops` are the hop-by-hop fields in order (RFC 9110, section 7.6.1), `hop_at` the position of the last one in the
    block.
    """

    __slots__ = ("_first", "block", "chunked", "hop_at", "hops", "length", "one_one", "persistent", "status")

    def __init__(self, head: bytes, lines: RecentLines) -> None:
        """Read a head without its final empty line; UpstreamProtocolError when it is malformed or ambiguous."""
        split = head.split(b"\r\n")
        first = split[0]
        said = lines.status(first)
        self._first = said.line
        self.block: bytes = head[len(first) :]
        self.status = said.status
        self.one_one = self.persistent = said.one_one
        length: int | None = None
        self.chunked = False
        self.hops: list[Special] = []
        self.hop_at = 0
        behind = 0
        for at in range(1, len(split)):
            line = split[at]
            begins = behind
            behind += len(line) + 2
            field = lines.field(line)
            if field is PLAIN:
                continue
            if field.length is not None:
                if length is not None and length != field.length:
                    raise UpstreamProtocolError(f"the Content-Length {field.value!r} cannot be understood")
                length = field.length
                continue
            self.hops.append(field)
            self.hop_at = begins
            if not field.kept_alive:
                self._take(field)
        if self.chunked and length is not None:
            raise UpstreamProtocolError("a response with Content-Length and Transfer-Encoding")
        self.length = length

    def _take(self, field: Special) -> None:
        if field.name == b"connection":
            if b"close" in tokens(field.value):
                self.persistent = False
        elif field.name == b"transfer-encoding":
            if field.value.rstrip(b" \t") != b"chunked" or self.chunked or not self.one_one:
                raise UpstreamProtocolError(f"the transfer coding {field.value!r} cannot be passed on")
            self.chunked = True

    @property
    def line(self) -> bytes:
        """The status line of HTTP/1.1."""
        return self._first if self.one_one else b"HTTP/1.1" + self._first[8:]

    @property
    def lower(self) -> bytes:
        """The field lines in lower case."""
        return self.block.lower()

    @property
    def reason(self) -> bytes:
        """The reason phrase."""
        return self._first[len(b"HTTP/1.1 200 ") :]

    @property
    def headers(self) -> Headers:
        """Names and values as they are in the response."""
        return fields_of(self.block)


def read_response_head(
    data: bytes, most: int = MAX_HEAD, lines: RecentLines = _LINES
) -> tuple[ResponseHead, bytes] | None:
    """Return the head at the start of `data` and the bytes after it, None while the head is incomplete.

    UpstreamProtocolError when it is malformed, or longer than `most` bytes.
    """
    head, end, rest = data.partition(END)
    if end:
        if len(head) + len(END) > most:
            raise _too_long()
        return ResponseHead(head, lines), rest
    if b"\n" in data.replace(b"\r\n", b"") or not data.startswith(b"HTTP/1."[: len(data)]):
        raise malformed(data)
    if len(data) > most:
        raise _too_long()
    return None


def _too_long() -> UpstreamProtocolError:
    return UpstreamProtocolError("the head of the response is too long")
