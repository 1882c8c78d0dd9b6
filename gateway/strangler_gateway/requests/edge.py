"""The edge of the gateway: what it knows of a client's connection, and of the clients behind a proxy."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Protocol

from strangler.model.forwarding import FORWARDING_TERMS, ForwardedFields, ForwardingTerms, NewTrace
from strangler_gateway.requests.forwarded import (
    Step,
    Way,
    forwarded,
    last_host,
    last_scheme,
    read_forwarded,
    read_list,
    read_nodes,
    x_forwarded,
)
from strangler_gateway.requests.trust import Trust, address_of, is_private

logger = logging.getLogger(__name__)


_LAST_DIGITS: Final = tuple(b"%03x" % number for number in range(16**3))
"""The last three digits of every number; the digits before them change once in so many ids."""


class Fields(Protocol):
    """The header fields of a request."""

    @property
    def host(self) -> bytes | None:
        """The value of Host."""
        ...

    def values(self, name: bytes) -> Sequence[bytes]:
        """Return all values of a header field; `name` is in lower case."""
        ...


class RequestIds:
    """Makes request ids that no other process makes, for the cost of counting: unique, but not secret."""

    def __init__(self) -> None:
        self._process = secrets.token_hex(8).encode()
        self._number = 0
        self._begun = b""

    def next(self) -> bytes:
        """Return an id of 32 hexadecimal digits."""
        number = self._number
        self._number = number + 1
        last = number % len(_LAST_DIGITS)
        if last == 0:
            self._begun = b"%b%013x" % (self._process, number // len(_LAST_DIGITS))
        return self._begun + _LAST_DIGITS[last]


class Forwarding:
    """The settings of ``[gateway.forwarding]``, prepared for requests."""

    def __init__(self, terms: ForwardingTerms = FORWARDING_TERMS) -> None:
        self.terms = terms
        self.trust = Trust(terms.trusted, terms.trusted_hops)
        self._warned = False

    def block(self, way: Way) -> bytes:
        """Return the forwarding fields for the applications, as a block."""
        match self.terms.send:
            case ForwardedFields.X_FORWARDED:
                return x_forwarded(way)
            case ForwardedFields.FORWARDED:
                return forwarded(way)
            case ForwardedFields.BOTH:
                return x_forwarded(way) + forwarded(way)

    def not_believed(self, peer: str) -> None:
        """Warn once about ignored forwarding fields from a private address: `trusted` may lack a proxy."""
        if not self._warned and is_private(peer):
            self._warned = True
            logger.warning(
                "%s says for whom it asks, and is not believed; if it is a proxy in front of the gateway,"
                ' write trusted = ["%s"] in [gateway.forwarding]',
                peer,
                peer,
            )


def new_traceparent(flags: NewTrace) -> bytes:
    """Return the field that begins a trace (W3C Trace Context, version 00)."""
    ids = secrets.token_hex(24).encode()
    return b"\r\ntraceparent: 00-%b-%b-%b" % (ids[:32], ids[32:], b"01" if flags is NewTrace.SAMPLED else b"00")


class Edge:
    """One client connection: its address, ``http`` or ``https``, and whether it comes from a trusted proxy.

    Decides once what is the same for all requests of the connection.
    """

    __slots__ = ("address", "back", "first", "forwarding", "ids", "peer", "scheme", "then", "trusted")

    def __init__(self, peer: str, scheme: str, ids: RequestIds, forwarding: Forwarding) -> None:
        self.peer = peer
        self.address = peer.encode()
        self.scheme = b"https" if scheme == "https" else b"http"
        self.ids = ids
        self.forwarding = forwarding
        self.trusted = forwarding.trust.peer(peer)
        self.first: bytes | None = None
        """The fields added to a request without forwarding fields, up to its host; `then` are those after the host.

        None when they differ from request to request.
        """
        self.then = b"\r\nX-Request-ID: "
        terms = forwarding.terms
        self.back = self.via(one_one=True) if terms.via is not None else b""
        """The fields added to every response."""
        if terms.send is not ForwardedFields.BOTH and terms.traceparent is None:
            mark = b"\0"
            self.first, _, end = forwarding.block(Way((self.address,), self.scheme, mark)).partition(mark)
            self.then = end + self.back + self.then

    def via(self, *, one_one: bool) -> bytes:
        """Return the Via field of this gateway (RFC 9110, section 7.6.3)."""
        return b"\r\nVia: 1.%d %b" % (one_one, (self.forwarding.terms.via or "").encode())

    def loops(self, fields: Fields) -> bool:
        """Whether a request has passed this gateway before."""
        via = self.forwarding.terms.via
        return via is not None and any(
            member.split()[1:2] == [via.encode()] for member in read_list(fields.values(b"via"))
        )

    def client(self, fields: Fields) -> bytes:
        """Return the address of the client a request comes from, without a port."""
        return address_of(self.way(fields).addresses[0])

    def way(self, fields: Fields) -> Way:
        """Return how a request came here, as far as the forwarding fields can be trusted."""
        if not self.trusted:
            return Way((self.address,), self.scheme, fields.host)
        steps = self._steps(fields)
        client = self.forwarding.trust.client_of([step.node for step in steps])
        believed = steps[client:]
        addresses = (*(step.node for step in believed), self.address)
        if self.forwarding.terms.read is ForwardedFields.FORWARDED:
            first = believed[0] if believed else Step(self.address)
            scheme, host = first.scheme, first.host
        else:
            scheme = last_scheme(fields.values(b"x-forwarded-proto"))
            host = last_host(fields.values(b"x-forwarded-host"))
        return Way(addresses, scheme or self.scheme, host or fields.host)

    def _steps(self, fields: Fields) -> Sequence[Step]:
        if self.forwarding.terms.read is ForwardedFields.FORWARDED:
            return read_forwarded(fields.values(b"forwarded"))
        return [Step(node) for node in read_nodes(fields.values(b"x-forwarded-for"))]


class BehindEdge(Edge):
    """The edge behind a proxy of our own, such as Envoy, which states everything and does not count as a hop."""

    __slots__ = ()

    def __init__(self, ids: RequestIds, forwarding: Forwarding) -> None:
        own = Forwarding(replace(forwarding.terms, via=None, traceparent=None))
        super().__init__("unknown", "http", ids, own)
        self.trusted = True
        self.first = None

    def way(self, fields: Fields) -> Way:
        """Return how a request came to the proxy in front, as far as the forwarding fields can be trusted."""
        *steps, peer = read_nodes(fields.values(b"x-forwarded-for")) or [self.address]
        trust = self.forwarding.trust
        believed = steps[trust.client_of(steps) :] if trust.peer(address_of(peer).decode("latin-1")) else []
        scheme = last_scheme(fields.values(b"x-forwarded-proto"))
        host = last_host(fields.values(b"x-forwarded-host"))
        return Way((*believed, peer), scheme or self.scheme, host or fields.host)
