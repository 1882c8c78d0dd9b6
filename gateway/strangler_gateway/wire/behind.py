"""Connections that a proxy of our own has made."""

from __future__ import annotations

import asyncio

from strangler_gateway.requests.edge import BehindEdge, Edge
from strangler_gateway.wire.protocol import WireProtocol


class BehindProtocol(WireProtocol):
    """A connection over which the requests of many clients come, with what is known of each in its fields."""

    __slots__ = ()

    def _edge_of(self, transport: asyncio.Transport) -> Edge:
        return BehindEdge(self.relay.ids, self.relay.traffic.plan.forwarding)
