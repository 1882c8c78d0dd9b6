"""Connections from a proxy of our own, such as Envoy."""

from __future__ import annotations

import asyncio

from strangler_gateway.requests.edge import BehindEdge, Edge
from strangler_gateway.wire.protocol import WireProtocol


class BehindProtocol(WireProtocol):
    """A connection that carries the requests of many clients, each with its client's address in its fields."""

    __slots__ = ()

    def _edge_of(self, transport: asyncio.Transport) -> Edge:
        return BehindEdge(self.relay.ids, self.relay.traffic.plan.forwarding)
