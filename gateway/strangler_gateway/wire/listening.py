"""Which protocol the connections of a listener speak."""

from __future__ import annotations

from strangler.model.wire import WIRE_TERMS, WireTerms
from strangler_gateway.head_limits import HeadLimits
from strangler_gateway.relay import Relay
from strangler_gateway.wire.protocol import WireProtocol
from strangler_gateway.wire.retiring import RetiringProtocol


def speaking_for(relay: Relay, terms: WireTerms = WIRE_TERMS) -> type[WireProtocol]:
    """Return the protocol of a server whose requests go to a relay; it counts only what has a limit."""
    return _speaking(RetiringProtocol if _retires(terms) else WireProtocol, relay, terms)


def _retires(terms: WireTerms) -> bool:
    return terms.most_requests is not None or terms.connection_seconds is not None


def _speaking(base: type[WireProtocol], relay: Relay, terms: WireTerms) -> type[WireProtocol]:
    return type("RelayProtocol", (base,), {"speaks_for": (relay, terms, HeadLimits(terms))})
