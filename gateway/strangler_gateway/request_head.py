"""The head of a request as it came, and what is wrong with those that two servers might read differently."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote_to_bytes

from strangler_gateway.downstream import Refusal
from strangler_gateway.edge import Edge
from strangler_gateway.request_facts import RequestFacts
from strangler_gateway.transport.grammar import REQUEST_HEAD, Headers, fields_of, lines_of, tokens

MALFORMED: Final = Refusal(400, "the head of the request is malformed")
_TWO_HOSTS: Final = Refusal(400, "exactly one Host is needed")
_OTHER_HOST: Final = Refusal(400, "the target names another host than Host")
_NOT_UTF8: Final = Refusal(400, "the path is not UTF-8")
_OLD_CODING: Final = Refusal(400, "Transfer-Encoding in HTTP/1.0")
_TWO_FRAMINGS: Final = Refusal(400, "more than one of Content-Length and Transfer-Encoding")
_BAD_LENGTH: Final = Refusal(400, "the Content-Length can not be understood")
_CODING: Final = Refusal(501, "only chunked is understood as Transfer-Encoding")
_CONNECT: Final = Refusal(501, "CONNECT is not done")
_LOOP: Final = Refusal(508, "the request has been here before")
_EXPECTATION: Final = Refusal(417, "only 100-continue is understood as Expect")

_BAD_HOST: Final = Refusal(400, "Host names no host")
_NO_HOST: Final = re.compile(rb"[^!$&'()*+\-.0-9:;=A-Z\[\]_a-z~%\x80-\xff]")
_FRAMING: Final = (b"content-length", b"transfer-encoding")
_MOST_DIGITS: Final = 18

_BARE_LINE_BREAK: Final = re.compile(rb"(?<!\r)\n|\r(?!\n|\Z)|\0")
SPECIAL: Final = re.compile(
    rb"\r\n(host|content-length|transfer-encoding|connection|expect|upgrade|keep-alive|te|trailer"
    rb"|proxy-authenticate|proxy-authorization|proxy-connection|x-request-id|forwarded|x[^a-z0-9:\r]"
    rb"(?:forwarded[^a-z0-9:\r][^:\r]++|real[^a-z0-9:\r]ip|strangler[^a-z0-9:\r](?:identity|shadow))):[ \t]*+([^\r]*+)"
)
"""The fields that mean something to the gateway, in a block in lower case."""


class MalformedError(Exception):
    """The request is not relayed."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.error)
        self.refusal = refusal


class RequestHead(RequestFacts):
    """A request head; `block` holds the field lines as they came, `lower` the same in lower case.

    `specials` are names and values of what means something to the gateway, in lower case, in order. `length` is that of
    the body, None for one in chunks. `plain` says that nothing but framing and Host is special.
    """

    __slots__ = (
        "block",
        "edge",
        "expects_continue",
        "host",
        "length",
        "lower",
        "one_one",
        "persistent",
        "plain",
        "raw_method",
        "size",
        "specials",
        "target",
        "upgrade",
    )

    def __init__(self, match: re.Match[bytes], edge: Edge) -> None:
        """Read a head; MalformedError when it can be understood in two ways."""
        method, target, version, block = match.groups()
        path, _, query = target.partition(b"?")
        super().__init__(method.decode(), "", (), edge.peer, query)
        self.edge = edge
        self.raw_method: bytes = method
        self.target: bytes = target
        self.block: bytes = block
        self.lower: bytes = block.lower()
        self.size = match.end()
        self.one_one = self.persistent = version == b"1"
        self.host: bytes | None = None
        self.length: int | None = 0
        self.plain = self.one_one
        self.expects_continue = False
        self.upgrade = False
        self.specials: list[tuple[bytes, bytes]] = SPECIAL.findall(self.lower)
        self._read_specials()
        if edge.back and edge.loops(self):
            raise MalformedError(_LOOP)
        if not path.startswith(b"/"):
            path = self._path_of_other_form()
        try:
            self.path = (unquote_to_bytes(path) if b"%" in path else path).decode()
        except UnicodeDecodeError:
            raise MalformedError(_NOT_UTF8) from None

    # Looked up when the routing asks: most requests need none.

    def header(self, name: bytes) -> bytes | None:
        """Return the first value of a header field; `name` is in lower case."""
        start = self.lower.find(b"\r\n%b:" % name)
        if start < 0:
            return None
        start += len(name) + 3
        end = self.block.find(b"\r", start)
        return (self.block[start:end] if end >= 0 else self.block[start:]).strip(b" \t")

    def values(self, name: bytes) -> list[bytes]:
        """Return all values of a header field; `name` is in lower case."""
        lines = lines_of(self.lower, name)
        colon = len(name) + 3
        return [self.block[start + colon : end].strip(b" \t") for start, end in lines] if lines else []

    def all(self) -> Headers:
        """Return all fields, their names in lower case."""
        return [(name.lower(), value) for name, value in fields_of(self.block)]

    def client(self) -> bytes:
        """Return the address of the client."""
        edge = self.edge
        return edge.client(self) if edge.trusted and not self.plain else edge.address

    def _read_specials(self) -> None:
        framed = False
        for name, value in self.specials:
            if name == b"host":
                if self.host is not None:
                    raise MalformedError(_TWO_HOSTS)
                self.host = self.header(name)
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
        """Return the length of the body, None for chunks."""
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
        """Whether Upgrade names something a byte tunnel can carry: HTTP/2 would be another way past the rules."""
        wanted = [value for name, value in self.specials if name == b"upgrade"]
        return bool(wanted) and not any(value.startswith(b"h2c") for value in wanted)

    def _path_of_other_form(self) -> bytes:
        """Read an absolute-form or asterisk-form target (RFC 9112, section 3.2)."""
        target = self.target
        if self.raw_method == b"CONNECT":
            raise MalformedError(_CONNECT)
        if target == b"*" and self.raw_method == b"OPTIONS":
            return target
        scheme, separator, rest = target.partition(b"://")
        if not separator or scheme.lower() not in (b"http", b"https"):
            raise MalformedError(MALFORMED)
        authority = re.split(rb"[/?]", rest, maxsplit=1)[0]
        if self.host is not None and authority.lower() != self.host.lower():
            raise MalformedError(_OTHER_HOST)
        path = rest[len(authority) :].partition(b"?")[0]
        return path or b"/"


def read_request_head(data: bytes, edge: Edge) -> RequestHead | None:
    """Return the head `data` begins with, None when it is not there yet; MalformedError says what is wrong with it."""
    match = REQUEST_HEAD.match(data)
    if match is not None:
        if match.end() > edge.limits.harmless:
            _check_size(data[: match.end()], edge)
        return RequestHead(match, edge)
    end = data.find(b"\r\n\r\n")
    _check_size(data if end < 0 else data[:end], edge)
    if end >= 0 or _BARE_LINE_BREAK.search(data):
        raise MalformedError(MALFORMED)
    return None


def _check_size(data: bytes, edge: Edge) -> None:
    refusal = edge.limits.refusal(data)
    if refusal is not None:
        raise MalformedError(refusal)
