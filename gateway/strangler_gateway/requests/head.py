"""Reads the heads of requests, and refuses those that two servers might read differently."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote_to_bytes

from strangler_gateway.requests.edge import Edge
from strangler_gateway.requests.facts import RequestFacts
from strangler_gateway.requests.fields import MalformedError, RecentFields, RequestFields
from strangler_gateway.requests.limits import HEAD_LIMITS, HeadLimits
from strangler_gateway.requests.refusal import Refusal
from strangler_gateway.transport.grammar import END, REQUEST_HEAD, Headers, is_plain_target

MALFORMED: Final = Refusal(400, "the head of the request is malformed")
_OTHER_HOST: Final = Refusal(400, "the target names another host than Host")
_NOT_UTF8: Final = Refusal(400, "the path is not UTF-8")
_CONNECT: Final = Refusal(501, "CONNECT is not done")
_LOOP: Final = Refusal(508, "the request has been here before")

_ESCAPE: Final = ord("%")
"""As a number, since ``bytes in bytes`` first tries its operand as a number and pays for an exception."""
_QUESTION: Final = ord("?")
_VERSION: Final = b"HTTP/1.1"
_BARE_LINE_BREAK: Final = re.compile(rb"(?<!\r)\n|\r(?!\n|\Z)|\0")


class Method:
    """The method of a request, as bytes and as text; common ones exist once, so that they are hashed once."""

    __slots__ = ("name", "raw")

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.name = raw.decode()


_METHODS: Final[dict[bytes, Method]] = {
    raw: Method(raw) for raw in (b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS")
}


class RequestHead(RequestFacts):
    """A request head of `size` bytes; repeats those attributes of its `fields` that every request needs."""

    __slots__ = (
        "block",
        "edge",
        "expects_continue",
        "fields",
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

    def __init__(self, method: Method, target: bytes, fields: RequestFields, size: int, edge: Edge) -> None:
        """Assemble a head; MalformedError when it is ambiguous, or the request has been here before."""
        path, query = target, b""
        if _QUESTION in target:
            path, _, query = target.partition(b"?")
        super().__init__(method.name, "", (), edge.peer, query)
        self.edge = edge
        self.raw_method = method.raw
        self.target = target
        self.size = size
        self.fields = fields
        self.block = fields.block
        self.lower = fields.lower
        self.specials = fields.specials
        self.host = fields.host
        self.length = fields.length
        self.one_one = fields.one_one
        self.persistent = fields.persistent
        self.plain = fields.plain
        self.expects_continue = fields.expects_continue
        self.upgrade = fields.upgrade
        if edge.back and edge.loops(self):
            raise MalformedError(_LOOP)
        if not path.startswith(b"/"):
            path = self._path_of_other_form()
        try:
            self.path = (unquote_to_bytes(path) if _ESCAPE in path else path).decode()
        except UnicodeDecodeError:
            raise MalformedError(_NOT_UTF8) from None

    def header(self, name: bytes) -> bytes | None:
        """Return the first value of a header field; `name` is in lower case."""
        return self.fields.header(name)

    def values(self, name: bytes) -> list[bytes]:
        """Return all values of a header field; `name` is in lower case."""
        return self.fields.values(name)

    def cookie(self, name: bytes) -> bytes | None:
        """Return the value of a cookie, as it was sent."""
        return self.fields.cookie(name)

    def all(self) -> Headers:
        """Return all fields, their names in lower case."""
        return self.fields.all()

    def client(self) -> bytes:
        """Return the address of the client."""
        edge = self.edge
        return edge.client(self) if edge.trusted and not self.plain else edge.address

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


class HeadReader:
    """Reads the heads of requests within limits, with a cache of recent fields."""

    __slots__ = ("_limits", "_recent")

    def __init__(self, limits: HeadLimits = HEAD_LIMITS) -> None:
        self._limits = limits
        self._recent = RecentFields()

    def read(self, data: bytes, edge: Edge) -> RequestHead | None:
        """Return the head at the start of `data`, None while it is incomplete; MalformedError says what is wrong."""
        parts = data.split(b" ", 2)
        method = _METHODS.get(parts[0])
        if method is not None and len(parts) == 3 and parts[2].startswith(_VERSION) and is_plain_target(parts[1]):
            rest = parts[2]
            # Most requests come alone and without a body. If these bytes are not the end of the head, the block before
            # them is not in the cache.
            if rest.endswith(END):
                size = len(data)
                block = rest[len(_VERSION) : -len(END)]
            else:
                before, end, behind = rest.partition(END)
                size = len(data) - len(behind)
                block = before[len(_VERSION) :] if end else b""
            # A cached block fits the grammar, so only the request line has to be checked.
            fields = self._recent.find(block)
            if fields is not None:
                if size > self._limits.harmless:
                    self._check_size(data[:size])
                return RequestHead(method, parts[1], fields, size, edge)
        return self._read_anew(data, edge)

    def _read_anew(self, data: bytes, edge: Edge) -> RequestHead | None:
        """Read a head whose fields are not in the cache."""
        start = data.find(b"\r\n")
        end = data.find(END, start) if start >= 0 else -1
        if end < 0:
            self._check_size(data)
            if _BARE_LINE_BREAK.search(data):
                raise MalformedError(MALFORMED)
            return None
        size = end + len(END)
        if size > self._limits.harmless:
            self._check_size(data[:size])
        match = REQUEST_HEAD.match(data)
        if match is None:
            raise MalformedError(MALFORMED)
        block = data[start:end]
        fields = self._recent.read(block) if match[3] == b"1" else RequestFields(block, one_one=False)
        return RequestHead(_METHODS.get(match[1]) or Method(match[1]), match[2], fields, size, edge)

    def _check_size(self, data: bytes) -> None:
        refusal = self._limits.refusal(data)
        if refusal is not None:
            raise MalformedError(refusal)
