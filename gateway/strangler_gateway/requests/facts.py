"""The facts about a request that the routing decision needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import unquote_to_bytes

from strangler_gateway.requests.fields import cookie_of
from strangler_gateway.tracing.trace import Trace

SAFE_METHODS: Final = frozenset(("GET", "HEAD", "OPTIONS", "TRACE"))
"""Safe methods, RFC 9110, section 9.2.1."""
SHARED_METHODS: Final = frozenset(("GET", "HEAD"))
"""The methods whose requests may go to the side without authority."""


class RequestFacts:
    """What is known of a request: `path` is percent-decoded, header names are in lower case, `query` is as sent.

    `peer` is the address the connection comes from. `user` identifies the user where it was asked for, and `trace` is
    set where requests are traced.
    """

    __slots__ = ("headers", "method", "path", "peer", "query", "trace", "user")

    def __init__(
        self,
        method: str,
        path: str,
        headers: Sequence[tuple[bytes, bytes]],
        peer: str,
        query: bytes = b"",
    ) -> None:
        self.method = method
        self.path = path
        self.headers = headers
        self.peer = peer
        self.user: bytes | None = None
        self.query = query
        self.trace: Trace | None = None

    def all(self) -> Sequence[tuple[bytes, bytes]]:
        """Return all header fields, their names in lower case."""
        return self.headers

    def values(self, name: bytes) -> Sequence[bytes]:
        """Return all values of a header field; `name` is in lower case."""
        return [value for field, value in self.headers if field == name]

    def header(self, name: bytes) -> bytes | None:
        """Return the first value of a header field."""
        for field, value in self.headers:
            if field == name:
                return value
        return None

    def cookie(self, name: bytes) -> bytes | None:
        """Return the value of a cookie, as it was sent."""
        return cookie_of(self.values(b"cookie"), name)

    def parameter(self, name: bytes) -> bytes | None:
        """Return the first value of a query parameter, decoded."""
        for pair in self.query.split(b"&"):
            key, _, value = pair.replace(b"+", b" ").partition(b"=")
            if unquote_to_bytes(key) == name:
                return unquote_to_bytes(value)
        return None

    def client(self) -> bytes:
        """Return the address of the client."""
        return self.peer.encode()
