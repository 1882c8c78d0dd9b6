"""Makes the protocols for the connections of a listener."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from uvicorn.server import ServerState

from strangler.model.wire import WIRE_TERMS, WireTerms
from strangler_gateway.relay import Relay
from strangler_gateway.requests.head import HeadReader
from strangler_gateway.requests.limits import HeadLimits
from strangler_gateway.wire.behind import BehindProtocol
from strangler_gateway.wire.protocol import WireProtocol
from strangler_gateway.wire.retiring import RetiringProtocol
from strangler_gateway.wire.serving import Serving


def speaking_for(relay: Relay, terms: WireTerms = WIRE_TERMS) -> Callable[..., WireProtocol]:
    """Return a protocol factory for a server whose requests go to a relay, with the signature uvicorn expects.

    The connections count requests and age only when `terms` limit them.
    """
    return _making(RetiringProtocol if _retires(terms) else WireProtocol, relay, terms)


def behind_proxy(relay: Relay, terms: WireTerms = WIRE_TERMS) -> Callable[..., WireProtocol]:
    """Return a protocol factory for a server whose only client is a proxy of our own."""
    return _making(BehindProtocol, relay, terms)


def _making(protocol: type[WireProtocol], relay: Relay, terms: WireTerms) -> Callable[..., WireProtocol]:
    reader = HeadReader(HeadLimits(terms))

    def make(*, server_state: ServerState, **_: object) -> WireProtocol:
        return protocol(Serving(relay, terms, reader, server_state, asyncio.get_running_loop()))

    return make


def _retires(terms: WireTerms) -> bool:
    return terms.most_requests is not None or terms.connection_seconds is not None
