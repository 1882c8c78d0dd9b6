"""The ASGI endpoint that relays requests: bytes in, bytes out."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import unquote_to_bytes

import msgspec
from starlette.types import Receive, Scope, Send

from strangler.model.authority import Side
from strangler_gateway.forwarding import forwarded_request, forwarded_response
from strangler_gateway.hold import Hold
from strangler_gateway.identity import IdentitySource, UnknownIdentityError
from strangler_gateway.in_flight import Ticket
from strangler_gateway.lanes import Lane, LaneFullError, Lanes
from strangler_gateway.request_body import ClientGoneError, ClientWatch, RequestBody
from strangler_gateway.request_facts import RequestFacts
from strangler_gateway.traffic import Traffic
from strangler_gateway.transport.errors import UpstreamError, UpstreamTimeoutError, UpstreamUnreachableError
from strangler_gateway.transport.exchange import Exchange
from strangler_gateway.transport.origin import Origin
from strangler_gateway.transport.pool import ConnectionPools, Request

logger = logging.getLogger(__name__)


class Proxy:
    """Relays every request to where `traffic` decides."""

    def __init__(self, traffic: Traffic, pools: ConnectionPools, identity: IdentitySource | None = None) -> None:
        self.traffic = traffic
        self.pools = pools
        self.identity = identity
        self.lanes = Lanes()
        self._turn = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Relay one request."""
        if scope["type"] != "http":
            return
        client = scope["client"]
        request = RequestFacts(scope["method"], scope["path"], scope["headers"], client[0] if client else "unknown")
        refusal = _refusal(request, scope)
        if refusal is not None:
            await answer(send, *refusal)
            return
        if self.traffic.plan.by_user and self.traffic.needs_user(request):
            request = await self._with_user(request)
        body = RequestBody(receive, request)
        try:
            ticket, lane, waited = await self._admit(request)
        except LaneFullError:
            logger.warning("%s %s: too many requests wait already", request.method, request.path)
            await answer(send, 503, "too many requests wait for the application behind the gateway")
            return
        watch = ClientWatch(body)
        try:
            if waited or (body.announced and not body.expects_continue):
                await body.prefetch()
            await self._relay(ticket, request, scope, body, send)
        except ClientGoneError:
            pass
        except asyncio.CancelledError:
            if not watch.noticed():
                raise
        finally:
            watch.stop()
            self.traffic.leave(ticket)
            if lane is not None:
                lane.leave()

    async def _admit(self, request: RequestFacts) -> tuple[Ticket, Lane | None, bool]:
        """Let a request wait for the end of a hold and for a place in its lane; say where it goes and if it waited.

        What is decided before a wait may be wrong after it, so it is decided again until nothing has to be waited for.
        """
        passed: Hold | None = None
        lane: Lane | None = None
        waited = False
        while True:
            hold = self.traffic.holding(request)
            if hold is not None and hold is not passed:
                if lane is not None:
                    lane.leave()
                    lane = None
                await hold.wait()
                passed, waited = hold, True
                continue
            ticket = self.traffic.decide(request)
            wanted = self.lanes.of(ticket, self.traffic.plan)
            if wanted is lane:
                break
            if lane is not None:
                lane.leave()
                lane = None
            queued = wanted is not None and await wanted.enter()
            lane = wanted
            if not queued:
                break
            waited = True
        self.traffic.begin(ticket)
        return ticket, lane, waited

    async def _with_user(self, request: RequestFacts) -> RequestFacts:
        if self.identity is None:
            return request
        try:
            return replace(request, user=await self.identity.user(request))
        except UnknownIdentityError as error:
            # Only a choice between two right answers: the client's address makes it as well.
            logger.warning("%s %s: %s", request.method, request.path, error)
            return request

    async def _relay(self, ticket: Ticket, request: RequestFacts, scope: Scope, body: RequestBody, send: Send) -> None:
        try:
            identity = None
            if ticket.side is Side.V2 and self.identity is not None:
                identity = await self.identity.header(ticket.service or "", request)
            exchange = await self._send(ticket, _outgoing(request, scope, body, identity))
        except UnknownIdentityError as error:
            logger.warning("%s %s: %s", request.method, request.path, error)
            await answer(send, 503, "it could not be found out who is asking; try again")
            return
        except UpstreamError as error:
            logger.warning("%s %s to %s: %s", request.method, request.path, ticket.side, error)
            if isinstance(error, UpstreamTimeoutError):
                await answer(send, 504, "the application behind the gateway did not answer in time")
            else:
                await answer(send, 502, "the application behind the gateway did not answer")
            return
        try:
            await self._pass_back(exchange, send)
        except UpstreamError as error:
            # Returning early makes the server close the connection: the client sees that something is missing.
            logger.warning("%s %s from %s: %s", request.method, request.path, ticket.side, error)

    async def _send(self, ticket: Ticket, request: Request) -> Exchange:
        origins = self._origins(ticket)
        for origin in origins[:-1]:
            try:
                return await self.pools.of(origin).send(request)
            except UpstreamUnreachableError as error:
                logger.warning("%s; trying the next upstream", error)
        return await self.pools.of(origins[-1]).send(request)

    def _origins(self, ticket: Ticket) -> Sequence[Origin]:
        """Return the upstreams of a side, another one first each time."""
        plan = self.traffic.plan
        origins = plan.services[ticket.service].upstreams(ticket.side) if ticket.service else plan.monolith
        if len(origins) == 1:
            return origins
        self._turn += 1
        start = self._turn % len(origins)
        return (*origins[start:], *origins[:start])

    async def _pass_back(self, exchange: Exchange, send: Send) -> None:
        patience = self.pools.timeouts.read
        try:
            await send(
                {
                    "type": "http.response.start",
                    "status": exchange.status,
                    "headers": forwarded_response(exchange.headers),
                }
            )
            while not exchange.complete:
                if data := await exchange.read(patience):
                    await send({"type": "http.response.body", "body": data, "more_body": True})
            await send({"type": "http.response.body", "body": exchange.take(), "more_body": False})
        finally:
            exchange.close()


def _outgoing(request: RequestFacts, scope: Scope, body: RequestBody, identity: bytes | None) -> Request:
    request_id = secrets.token_hex(16).encode()
    headers = forwarded_request(request, scheme=scope["scheme"], request_id=request_id, identity=identity)
    target: bytes = scope["raw_path"]
    query: bytes = scope["query_string"]
    if query:
        target = target + b"?" + query
    method = request.method.encode()
    if body.announced and not body.read_whole:
        return Request(method, target, headers, source=body)
    return Request(method, target, headers, body=body.first)


def _refusal(request: RequestFacts, scope: Scope) -> tuple[int, str] | None:
    """What is wrong with a request that two servers might read differently: status and reason."""
    version: str = scope["http_version"]
    hosts = 0
    for name, value in request.headers:
        if name == b"host":
            hosts += 1
        elif name == b"transfer-encoding":
            if version == "1.0":
                return 400, "Transfer-Encoding in HTTP/1.0"
            if value.lower() != b"chunked":
                return 501, "only chunked is understood as Transfer-Encoding"
    if hosts > 1 or (hosts == 0 and version == "1.1"):
        return 400, "exactly one Host is needed"
    if "\ufffd" in request.path:
        try:
            unquote_to_bytes(scope["raw_path"]).decode()
        except UnicodeDecodeError:
            return 400, "the path is not UTF-8"
    return None


async def answer(send: Send, status: int, error: str) -> None:
    """Answer in the name of the gateway: JSON with ``error``."""
    body = msgspec.json.encode({"error": error})
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    if status == 503:
        headers.append((b"retry-after", b"1"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
