"""Sends copies of requests to either side."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from strangler.model.authority import Side
from strangler.model.shadow import ShadowTerms
from strangler_gateway.identity.identities import Identities, WithoutIdentityError
from strangler_gateway.shadow.answer import Answer
from strangler_gateway.shadow.copy import Copy
from strangler_gateway.transport.errors import UpstreamError
from strangler_gateway.transport.pool import ConnectionPools


class NoAnswerError(Exception):
    """A side gave no response in time."""


class BusyError(Exception):
    """A side must get no copies now: its lane is full, so they would make clients wait, or the service was cut over."""


class Asking:
    """Sends copies over connections of its own, so that a slow side takes none from the traffic."""

    def __init__(
        self,
        terms: Callable[[], ShadowTerms],
        identity: Callable[[], Identities | None],
        busy: Callable[[str, Side], bool],
    ) -> None:
        self._terms = terms
        self._busy = busy
        self._identity = identity
        self._pools = ConnectionPools()

    async def ask(self, copy: Copy, side: Side) -> Answer:
        """Return a side's response, its body cut at the bound; NoAnswerError or BusyError when there is none."""
        if self._busy(copy.service, side):
            raise BusyError
        terms = self._terms()
        try:
            async with asyncio.timeout(terms.seconds):
                return await self._answer(copy, side, terms)
        except (UpstreamError, WithoutIdentityError, TimeoutError) as error:
            raise NoAnswerError(str(error)) from error

    def close(self) -> None:
        """Close the connections."""
        self._pools.close()

    async def _answer(self, copy: Copy, side: Side, terms: ShadowTerms) -> Answer:
        identities = self._identity() if side is Side.V2 else None
        service = identities.of(copy.service) if identities is not None else None
        identity = await service.header(copy.facts) if service is not None else None
        origin, request = copy.asking(side, identity)
        exchange = await self._pools.of(origin).send(request)
        try:
            body = bytearray()
            while part := await exchange.read(terms.seconds):
                body += part
                if len(body) > terms.body:
                    return Answer(exchange.status, exchange.headers, bytes(body[: terms.body]), cut=True)
            return Answer(exchange.status, exchange.headers, bytes(body))
        finally:
            exchange.close()
