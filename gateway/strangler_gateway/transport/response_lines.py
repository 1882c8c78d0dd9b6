"""A cache of the lines of response heads: most lines repeat one of an earlier response.

A whole block hardly ever repeats, because of its date, its length and its cookies; most of its lines do.
"""

from __future__ import annotations

import re
from typing import Final

from strangler_gateway.transport.errors import UpstreamProtocolError
from strangler_gateway.transport.grammar import HOP_BY_HOP, RESPONSE_LINE, TOKEN

_FIELD: Final = re.compile(rb"(" + TOKEN + rb"):[ \t]*+([\t\x20-\x7e\x80-\xff]*+)")
_SPECIAL: Final = HOP_BY_HOP | {b"content-length"}
_GENERATION: Final = 1_024
_LONGEST: Final = 256
_MOST_STATUSES: Final = 64
_ONE: Final = ord("1")
_MOST_DIGITS: Final = 18


class Special:
    """A field that means something to the gateway: name and value in lower case, and `line` with the break before it.

    `kept_alive` says that it is ``Connection: keep-alive``, which nearly every response has and which changes nothing;
    `length` is the value of Content-Length, None for other fields.
    """

    __slots__ = ("kept_alive", "length", "line", "name", "value")

    def __init__(self, name: bytes, value: bytes, line: bytes) -> None:
        self.name = name
        self.value = value
        self.line = line
        self.length = _length(value) if name == b"content-length" else None
        self.kept_alive = name == b"connection" and value == b"keep-alive"


PLAIN: Final = Special(b"", b"", b"")
"""Stands for every field that means nothing to the gateway."""


class StatusLine:
    """The status line of a head, with its version and status."""

    __slots__ = ("line", "one_one", "status")

    def __init__(self, line: bytes) -> None:
        """Read a status line; UpstreamProtocolError when it is malformed."""
        if RESPONSE_LINE.fullmatch(line) is None:
            raise malformed(line)
        self.line = line
        self.one_one = line[7] == _ONE
        self.status = int(line[9:12])


class RecentLines:
    """A cache of valid lines by their bytes; fields are in two generations, of which the older is dropped when full."""

    __slots__ = ("_before", "_last", "_now", "_statuses")

    def __init__(self) -> None:
        self._now: dict[bytes, Special] = {}
        self._before: dict[bytes, Special] = {}
        self._statuses: dict[bytes, StatusLine] = {}
        self._last = StatusLine(b"HTTP/1.1 200 OK")

    def status(self, line: bytes) -> StatusLine:
        """Return a head's status line; UpstreamProtocolError when it is malformed."""
        if line == self._last.line:
            return self._last
        found = self._statuses.get(line)
        if found is None:
            found = StatusLine(line)
            if len(line) > _LONGEST:
                return found
            if len(self._statuses) >= _MOST_STATUSES:
                self._statuses.clear()
            self._statuses[line] = found
        self._last = found
        return found

    def field(self, line: bytes) -> Special:
        """Return the field in a line, `PLAIN` for most; UpstreamProtocolError when it is no field."""
        found = self._now.get(line)
        if found is not None:
            return found
        found = self._before.get(line)
        if found is None:
            found = _read(line)
        if len(line) <= _LONGEST:
            if len(self._now) >= _GENERATION:
                self._before = self._now
                self._now = {}
            self._now[line] = found
        return found


def _length(value: bytes) -> int:
    """Read a Content-Length; UpstreamProtocolError when it is malformed."""
    digits = value.rstrip(b" \t")
    if not digits.isdigit() or len(digits) > _MOST_DIGITS:
        raise UpstreamProtocolError(f"the Content-Length {value[:64]!r} cannot be understood")
    return int(digits)


def malformed(data: bytes) -> UpstreamProtocolError:
    """Return the error for bytes that are neither a head nor the beginning of one."""
    if b"\n" in data.replace(b"\r\n", b""):
        # RFC 9112, section 2.2, lets recipients take a bare LF for the end of a line, so two may read it differently.
        return UpstreamProtocolError("a line of the response's head does not end in CR LF")
    return UpstreamProtocolError("the response is not HTTP/1.1")


def _read(line: bytes) -> Special:
    match = _FIELD.fullmatch(line)
    if match is None:
        raise malformed(line)
    name: bytes = match[1].lower()
    return Special(name, match[2].lower(), b"\r\n" + line) if name in _SPECIAL else PLAIN
