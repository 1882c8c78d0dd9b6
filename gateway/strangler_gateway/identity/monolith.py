"""Sends identity questions to the monolith."""

from __future__ import annotations

from collections.abc import Callable

from strangler_gateway.identity.answer import Answer, UnknownIdentityError
from strangler_gateway.transport.errors import UpstreamError, UpstreamUnreachableError
from strangler_gateway.transport.origin import Origin
from strangler_gateway.transport.pool import ConnectionPools
from strangler_gateway.transport.request import Request

MAX_ANSWER = 64 * 1024
"""The most bytes of an answer's body."""


class Monolith:
    """Asks the `origins` one after the other until one answers."""

    def __init__(self, origins: Callable[[], tuple[Origin, ...]], pools: ConnectionPools) -> None:
        self._origins = origins
        self._pools = pools

    async def answer(self, request: Request) -> Answer:
        """Return the answer; UpstreamError when no origin gives one, UnknownIdentityError when it is too long."""
        failure: UpstreamError = UpstreamUnreachableError("there is no upstream")
        for origin in self._origins():
            try:
                return await self._answer(origin, request)
            except UpstreamError as error:
                failure = error
        raise failure

    async def _answer(self, origin: Origin, request: Request) -> Answer:
        exchange = await self._pools.of(origin).send(_addressed(request, origin))
        try:
            body = bytearray()
            while data := await exchange.read(self._pools.timeouts.read):
                body += data
                if len(body) > MAX_ANSWER:
                    raise UnknownIdentityError(f"the answer about who is asking has more than {MAX_ANSWER} bytes")
            return Answer(exchange.status, exchange.headers, bytes(body))
        finally:
            exchange.close()


def _addressed(request: Request, origin: Origin) -> Request:
    """Return a request with the Host that its upstream is configured to get."""
    host = origin.host_chosen
    if host is None:
        return request
    others = [field for field in request.headers if field[0].lower() != b"host"]
    return Request(request.method, request.target, [(b"host", host), *others])
