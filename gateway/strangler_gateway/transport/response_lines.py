"""The lines of responses' heads, read once: most say again what they said in the answer before.

A whole block of an answer hardly ever comes twice, with its date, its length and its cookies; most of its lines do.
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
    """A field that means something to the gateway: name and value in lower case, and the `line` with its break before.

    `kept_alive` says whether it is that of nearly every answer, which says nothing that is not so anyway; `length` is
    what Content-Length says, None for everything else.
    """

    __slots__ = ("kept_alive", "length", "line", "name", "value")

    def __init__(self, name: bytes, value: bytes, line: bytes) -> None:
        self.name = name
        self.value = value
        self.line = line
        self.length = _length(value) if name == b"content-length" else None
        self.kept_alive = name == b"connection" and value == b"keep-alive"


PLAIN: Final = Special(b"", b"", b"")
"""Stands for every other field."""


class StatusLine:
    """The first line of a head, the version and the status it says."""

    __slots__ = ("line", "one_one", "status")

    def __init__(self, line: bytes) -> None:
        """Read it; UpstreamProtocolError when it is none."""
        if RESPONSE_LINE.fullmatch(line) is None:
            raise malformed(line)
        self.line = line
        self.one_one = line[7] == _ONE
        self.status = int(line[9:12])


class RecentLines:
    """Lines that fit the grammar, by their bytes: two generations of fields, of which the older one is let go."""

    __slots__ = ("_before", "_last", "_now", "_statuses")

    def __init__(self) -> None:
        self._now: dict[bytes, Special] = {}
        self._before: dict[bytes, Special] = {}
        self._statuses: dict[bytes, StatusLine] = {}
        self._last = StatusLine(b"HTTP/1.1 200 OK")

    def status(self, line: bytes) -> StatusLine:
        """Return what the first line of a head says; UpstreamProtocolError when it is none."""
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
        """Return what a further line says; UpstreamProtocolError when it is no field."""
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
    """Read a Content-Length; UpstreamProtocolError when it is none."""
    digits = value.rstrip(b" \t")
    if not digits.isdigit() or len(digits) > _MOST_DIGITS:
        raise UpstreamProtocolError(f"the Content-Length {value[:64]!r} can not be understood")
    return int(digits)


def malformed(data: bytes) -> UpstreamProtocolError:
    """Return what is wrong with bytes that are no head, nor the beginning of one."""
    if b"\n" in data.replace(b"\r\n", b""):
        # RFC 9112, section 2.2, lets a recipient take it for the end of a line: two may read one head differently.
        return UpstreamProtocolError("a line of the response's head does not end in CR LF")
    return UpstreamProtocolError("the response is not HTTP/1.1")


def _read(line: bytes) -> Special:
    match = _FIELD.fullmatch(line)
    if match is None:
        raise malformed(line)
    name: bytes = match[1].lower()
    return Special(name, match[2].lower(), b"\r\n" + line) if name in _SPECIAL else PLAIN
