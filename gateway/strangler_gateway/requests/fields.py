"""The header fields of requests, with a cache: most requests repeat the fields of the client's last one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from strangler_gateway.requests.refusal import Refusal
from strangler_gateway.transport.grammar import Headers, fields_of, lines_of, tokens

_TWO_HOSTS: Final = Refusal(400, "exactly one Host is needed")
_OLD_CODING: Final = Refusal(400, "Transfer-Encoding in HTTP/1.0")
_TWO_FRAMINGS: Final = Refusal(400, "more than one of Content-Length and Transfer-Encoding")
_BAD_LENGTH: Final = Refusal(400, "the Content-Length cannot be understood")
_CODING: Final = Refusal(501, "only chunked is understood as Transfer-Encoding")
_EXPECTATION: Final = Refusal(417, "only 100-continue is understood as Expect")
_BAD_HOST: Final = Refusal(400, "Host names no host")

_NO_HOST: Final = re.compile(rb"[^!$&'()*+\-.0-9:;=A-Z\[\]_a-z~%\x80-\xff]")
_FRAMING: Final = (b"content-length", b"transfer-encoding")
_UNREAD: Final = b"(unread)"
"""Stands for a value that was not looked up yet; compared by identity."""
_MOST_DIGITS: Final = 18
_GENERATION: Final = 1_024
_LONGEST: Final = 2_048

SPECIAL: Final = re.compile(
    rb"\r\n(host|content-length|transfer-encoding|connection|expect|upgrade|keep-alive|te|trailer"
    rb"|proxy-authenticate|proxy-authorization|proxy-connection|x-request-id|forwarded|x[^a-z0-9:\r]"
    rb"(?:forwarded[^a-z0-9:\r][^:\r]++|real[^a-z0-9:\r]ip|strangler[^a-z0-9:\r](?:identity|shadow))):[ \t]*+([^\r]*+)"
)
"""The fields that mean something to the gateway, in a lower-case block."""


class MalformedError(Exception):
    """The request is malformed or unsupported, and is answered with `refusal` instead of being relayed."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.error)
        self.refusal = refusal


class RequestFields:
    """The header fields of a request; `block` holds their lines as received, `lower` the same in lower case.

    `specials` are the fields that mean something to the gateway: names and values in lower case, in order. `length` is
    that of the body, None for a chunked one. `plain` says that the only special fields are framing and Host.
    """

    __slots__ = (
        "_cookie",
        "_cookie_name",
        "_cookies",
        "_first",
        "_header",
        "_header_name",
        "block",
        "expects_continue",
        "host",
        "length",
        "lower",
        "one_one",
        "persistent",
        "plain",
        "specials",
        "upgrade",
    )

    def __init__(self, block: bytes, *, one_one: bool) -> None:
        """Read a block of HTTP/1.1, or of HTTP/1.0; MalformedError when it is ambiguous."""
        self.block = block
        self.lower = block.lower()
        self.one_one = self.persistent = self.plain = one_one
        self.host: bytes | None = None
        self.length: int | None = 0
        self.expects_continue = False
        self.upgrade = False
        # Most requests are asked for a single field and a single cookie: the first of each needs no dictionary.
        self._header_name = self._cookie_name = b""
        self._header: bytes | None = None
        self._cookie: bytes | None = None
        self._first: dict[bytes, bytes | None] | None = None
        self._cookies: dict[bytes, bytes | None] | None = None
        self.specials: list[tuple[bytes, bytes]] = SPECIAL.findall(self.lower)
        self._read_specials()

    # Looked up on demand: most routing decisions need no field.

    def header(self, name: bytes) -> bytes | None:
        """Return the first value of a header field; `name` is in lower case."""
        if name is self._header_name:
            return self._header
        known = self._first
        value = known.get(name, _UNREAD) if known is not None else _UNREAD
        if value is _UNREAD:
            values = self.values(name)
            value = values[0] if values else None
            if not self._header_name:
                self._header_name, self._header = name, value
            elif known is None:
                self._first = {name: value}
            else:
                known[name] = value
        return value

    def values(self, name: bytes) -> list[bytes]:
        """Return all values of a header field; `name` is in lower case."""
        lines = lines_of(self.lower, name)
        colon = len(name) + 3
        return [self.block[start + colon : end].strip(b" \t") for start, end in lines] if lines else []

    def cookie(self, name: bytes) -> bytes | None:
        """Return the value of a cookie, as it was sent."""
        if name is self._cookie_name:
            return self._cookie
        known = self._cookies
        value = known.get(name, _UNREAD) if known is not None else _UNREAD
        if value is _UNREAD:
            value = cookie_of(self.values(b"cookie"), name)
            if not self._cookie_name:
                self._cookie_name, self._cookie = name, value
            elif known is None:
                self._cookies = {name: value}
            else:
                known[name] = value
        return value

    def all(self) -> Headers:
        """Return all fields, their names in lower case."""
        return [(name.lower(), value) for name, value in fields_of(self.block)]

    def _read_specials(self) -> None:
        framed = False
        for name, value in self.specials:
            if name == b"host":
                if self.host is not None:
                    raise MalformedError(_TWO_HOSTS)
                self.host = self.values(name)[0]
                if _NO_HOST.search(value.rstrip(b" \t")):
                    raise MalformedError(_BAD_HOST)
            elif name in _FRAMING:
                if framed:
                    raise MalformedError(_TWO_FRAMINGS)
                framed = True
                self.length = self._framed(name, value.rstrip(b" \t"))
            elif name == b"expect":
                if value.rstrip(b" \t") != b"100-continue":
                    raise MalformedError(_EXPECTATION)
                self.expects_continue = self.one_one
            else:
                self.plain = False
                if name == b"connection":
                    self._read_connection(value)
        if self.host is None and self.one_one:
            raise MalformedError(_TWO_HOSTS)
        if self.upgrade:
            self.upgrade = self.length == 0 and self._upgrades()

    def _framed(self, name: bytes, value: bytes) -> int | None:
        """Return the length of the body, None for a chunked one."""
        if name == b"content-length":
            if not value.isdigit() or len(value) > _MOST_DIGITS:
                raise MalformedError(_BAD_LENGTH)
            return int(value)
        if not self.one_one:
            raise MalformedError(_OLD_CODING)
        if value != b"chunked":
            raise MalformedError(_CODING)
        return None

    def _read_connection(self, value: bytes) -> None:
        named = tokens(value)
        if b"close" in named:
            self.persistent = False
        elif b"keep-alive" in named and not self.one_one:
            self.persistent = True
        self.upgrade |= self.one_one and b"upgrade" in named

    def _upgrades(self) -> bool:
        """Whether a byte tunnel may carry what Upgrade names: not HTTP/2, whose requests would bypass the rules."""
        wanted = [value for name, value in self.specials if name == b"upgrade"]
        return bool(wanted) and not any(value.startswith(b"h2c") for value in wanted)


class RecentFields:
    """A cache of HTTP/1.1 blocks by their bytes, in two generations; the older one is dropped when the newer is full.

    It holds valid blocks only, so a cached block need not be checked again. Clients share it safely, since equal bytes
    have an equal meaning.
    """

    __slots__ = ("_before", "_now")

    def __init__(self) -> None:
        self._now: dict[bytes, RequestFields] = {}
        self._before: dict[bytes, RequestFields] = {}

    def find(self, block: bytes) -> RequestFields | None:
        """Return the cached fields of a block; None when it has to be read."""
        fields = self._now.get(block)
        if fields is None:
            fields = self._before.get(block)
            if fields is not None:
                self._keep(fields)
        return fields

    def read(self, block: bytes) -> RequestFields:
        """Read a block that fits the grammar, and cache it; MalformedError when it is ambiguous."""
        fields = RequestFields(block, one_one=True)
        if len(block) <= _LONGEST:
            self._keep(fields)
        return fields

    def _keep(self, fields: RequestFields) -> None:
        if len(self._now) >= _GENERATION:
            self._before = self._now
            self._now = {}
        self._now[fields.block] = fields


def cookie_of(values: Sequence[bytes], name: bytes) -> bytes | None:
    """Return the value of a cookie, as it was sent, from the values of Cookie; None when there is none."""
    wanted = name + b"="
    for value in values:
        at = value.find(wanted)
        while at >= 0:
            before = value[:at].rstrip() if at else b""
            if not before or before.endswith(b";"):
                return value[at + len(wanted) :].partition(b";")[0].rstrip()
            at = value.find(wanted, at + 1)
    return None
