"""The forwarding fields of proxies: how a request came to the gateway, read from them and written for applications."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from strangler_gateway.requests.trust import address_of
from strangler_gateway.transport.grammar import TOKEN

_QUOTED = rb'"(?>(?:[\t\x20\x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t\x20-\x7e\x80-\xff])*)"'
_PAIR = rb"(" + TOKEN + rb")=(" + TOKEN + rb"|" + _QUOTED + rb")"
_ELEMENT = re.compile(rb"[ \t;]*+" + _PAIR + rb"(?>(?:[ \t]*+;[ \t]*+(?>(?:" + _PAIR + rb")?))*)[ \t]*+")
_PAIRS = re.compile(_PAIR)
_ESCAPED = re.compile(rb"\\(.)")
_HOST = re.compile(rb"[!$&'()*+\-.0-9:;=A-Z\[\]_a-z~%\x80-\xff]+")
_SCHEME = re.compile(rb"[a-z][a-z0-9+.\-]*")
_NODE = re.compile(rb"[0-9A-Za-z.:\-_\[\]%]+")
UNKNOWN = b"unknown"
"""The identifier for an unknown node (RFC 7239, section 6.2)."""


@dataclass(frozen=True, slots=True)
class Way:
    """The way of a request: `addresses` begin with the client and end with the peer connected to the gateway.

    `scheme` and `host` are those of the client's request.
    """

    addresses: tuple[bytes, ...]
    scheme: bytes
    host: bytes | None


@dataclass(frozen=True, slots=True)
class Step:
    """One element of ``Forwarded``: a proxy was asked by `node`, over `scheme`, for `host`."""

    node: bytes
    scheme: bytes | None = None
    host: bytes | None = None


def read_list(values: Iterable[bytes]) -> list[bytes]:
    """Return the non-empty members of a list that may be spread over several fields."""
    return [member for value in values for part in value.split(b",") if (member := part.strip(b" \t"))]


def read_nodes(values: Iterable[bytes]) -> list[bytes]:
    """Return the nodes of ``X-Forwarded-For``; a malformed one is `UNKNOWN`, since no proxy to trust wrote it."""
    return [node if _NODE.fullmatch(node) else UNKNOWN for node in read_list(values)]


def read_forwarded(values: Iterable[bytes]) -> list[Step]:
    """Return the elements of ``Forwarded`` (RFC 7239, section 4).

    A malformed element is `UNKNOWN`. Commas always separate, even inside quotes, where no node needs them: otherwise a
    single quotation mark of a client would swallow the elements that proxies add after it.
    """
    return [_step(element) for element in read_list(values)]


def last_scheme(values: Iterable[bytes]) -> bytes | None:
    """Return the scheme that the nearest proxy wrote into ``X-Forwarded-Proto``, in lower case."""
    return _valid(_SCHEME, [scheme.lower() for scheme in read_list(values)[-1:]])


def last_host(values: Iterable[bytes]) -> bytes | None:
    """Return the host that the nearest proxy wrote into ``X-Forwarded-Host``."""
    return _valid(_HOST, read_list(values)[-1:])


def x_forwarded(way: Way) -> bytes:
    """Return ``X-Forwarded-For``, ``-Proto`` and ``-Host`` for a way, as a block."""
    block = b"\r\nX-Forwarded-For: %b\r\nX-Forwarded-Proto: %b" % (
        b", ".join(address_of(node) if node.startswith(b"[") else node for node in way.addresses),
        way.scheme,
    )
    return b"%b\r\nX-Forwarded-Host: %b" % (block, way.host) if way.host else block


def forwarded(way: Way) -> bytes:
    """Return ``Forwarded`` (RFC 7239) for a way, as a block."""
    client = b"for=%b;proto=%b" % (_node(way.addresses[0]), way.scheme)
    if way.host:
        client = b'%b;host="%b"' % (client, way.host)
    return b"\r\nForwarded: " + b", ".join((client, *(b"for=" + _node(node) for node in way.addresses[1:])))


def _step(element: bytes) -> Step:
    if _ELEMENT.fullmatch(element) is None:
        return Step(UNKNOWN)
    pairs = {name.lower(): _unquoted(value) for name, value in _PAIRS.findall(element)}
    node = pairs.get(b"for", UNKNOWN)
    return Step(
        node if _NODE.fullmatch(node) else UNKNOWN,
        _valid(_SCHEME, [pairs.get(b"proto", b"").lower()]),
        _valid(_HOST, [pairs.get(b"host", b"")]),
    )


def _unquoted(value: bytes) -> bytes:
    return _ESCAPED.sub(rb"\1", value[1:-1]) if value.startswith(b'"') else value


def _valid(grammar: re.Pattern[bytes], values: Sequence[bytes]) -> bytes | None:
    return next((value for value in values if grammar.fullmatch(value)), None)


def _node(node: bytes) -> bytes:
    """Return a node as RFC 7239, section 6, requires: IPv6 in brackets, and quoted unless it is a token."""
    address = address_of(node)
    if b":" not in address:
        return b'"%b"' % node if b":" in node else node
    return b'"%b"' % (node if node.startswith(b"[") else b"[%b]" % node)
