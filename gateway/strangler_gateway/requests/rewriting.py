"""Rewrites an application's own address in its responses to the address that its clients use."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from strangler.model.forwarding import UPSTREAM_HOST
from strangler_gateway.requests.forwarded import Way
from strangler_gateway.transport.grammar import lines_of, replaced
from strangler_gateway.transport.origin import DEFAULT_PORTS, Origin

_LOCATIONS = (b"location", b"content-location", b"refresh")
_PORT = re.compile(r":\d*\Z")
_NUMBERS = re.compile(rb"\[|[0-9.]+\Z")


class Rewriting:
    """Replaces the address of one upstream by the client's, in the fields chosen for that upstream.

    Only exactly the upstream's own address is replaced: the application means any other address as it is.
    """

    def __init__(self, origin: Origin) -> None:
        fields = origin.fields
        self._locations = fields is not None and fields.locations
        self._cookies = fields is not None and fields.cookie_domains
        own = frozenset(_authorities(origin))
        alternatives = b"|".join(re.escape(authority.encode()) for authority in sorted(own))
        self._url = re.compile(
            rb"(\A|\A[0-9.]*+[ \t]*+[;,][ \t]*+(?:url[ \t]*+=[ \t]*+)?[\"']?)"
            rb"(https?:)?//(?:" + alternatives + rb")(?=[/?#\"']|\Z)",
            re.IGNORECASE,
        )
        self._hosts = frozenset(_PORT.sub("", authority).lower().encode() for authority in own)

    def block(self, block: bytes, way: Way) -> bytes:
        """Return the fields of a response as a client must see them whose request came by `way`."""
        if way.host is None:
            return block
        lower = block.lower()
        edits: list[tuple[int, int, bytes]] = []
        if self._locations:
            for name in _LOCATIONS:
                edits += _edits(block, lower, name, lambda value: self._location(value, way.scheme, way.host or b""))
        if self._cookies:
            host = _PORT.sub("", way.host.decode("latin-1")).encode("latin-1")
            edits += _edits(block, lower, b"set-cookie", lambda value: self._cookie(value, host))
        return replaced(block, sorted(edits)) if edits else block

    def _location(self, value: bytes, scheme: bytes, host: bytes) -> bytes:
        def url(match: re.Match[bytes]) -> bytes:
            return b"%b%b//%b" % (match[1], scheme + b":" if match[2] else b"", host)

        return self._url.sub(url, value, count=1)

    def _cookie(self, value: bytes, host: bytes) -> bytes:
        """Return a Set-Cookie with the client's host as Domain, or without Domain when that is an IP address."""
        cookie, *attributes = value.split(b";")
        kept = [cookie]
        for attribute in attributes:
            name, _, domain = attribute.partition(b"=")
            own = name.strip().lower() == b"domain" and domain.strip().removeprefix(b".").lower() in self._hosts
            if not own:
                kept.append(attribute)
            elif not _NUMBERS.match(host):
                kept.append(b" Domain=" + host)
        return b";".join(kept)


@lru_cache(maxsize=256)
def rewriting_of(origin: Origin) -> Rewriting:
    """Return the rewriting of an upstream's responses."""
    return Rewriting(origin)


def _authorities(origin: Origin) -> Iterable[str]:
    """Yield the names an upstream may use for itself: its address, its certificate's name, and its configured Host."""
    names = [origin.authority.decode().removesuffix(f":{origin.port}")]
    if origin.tls is not None and origin.tls.server_name:
        names.append(origin.tls.server_name)
    for name in names:
        yield f"{name}:{origin.port}"
        if origin.port == DEFAULT_PORTS[origin.scheme]:
            yield name
    if origin.fields is not None and origin.fields.host and origin.fields.host != UPSTREAM_HOST:
        yield origin.fields.host


def _edits(
    block: bytes, lower: bytes, name: bytes, change: Callable[[bytes], bytes]
) -> Iterable[tuple[int, int, bytes]]:
    for start, end in lines_of(lower, name):
        at = start + len(b"\r\n:") + len(name)
        value = block[at:end].strip(b" \t")
        changed = change(value)
        if changed != value:
            yield start, end, b"%b %b" % (block[start:at], changed)
