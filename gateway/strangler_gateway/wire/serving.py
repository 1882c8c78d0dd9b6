"""What the connections of one server share."""

from __future__ import annotations

import asyncio

from uvicorn.server import ServerState

from strangler.model.wire import WireTerms
from strangler_gateway.relay import Relay
from strangler_gateway.requests.head import HeadReader
from strangler_gateway.wire.dispatch import Dispatch


class Serving:
    """The relay, the terms, and the `state` in which uvicorn tracks the connections and tasks to wait for."""

    __slots__ = ("dispatch", "loop", "reader", "relay", "state", "terms")

    def __init__(
        self,
        relay: Relay,
        terms: WireTerms,
        reader: HeadReader,
        state: ServerState,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self.relay = relay
        self.terms = terms
        self.reader = reader
        self.state = state
        self.loop = loop
        self.dispatch = Dispatch(relay, loop, state.tasks)
