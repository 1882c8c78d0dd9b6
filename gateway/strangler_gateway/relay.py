"""Relays requests to upstreams byte for byte, including those that have to wait first."""

from __future__ import annotations

import logging
import math
import time
from typing import Final

from strangler.model.authority import Side
from strangler.model.identity import Otherwise
from strangler_gateway.admission import Admission, Admissions
from strangler_gateway.identity.answer import UnknownIdentityError
from strangler_gateway.identity.identities import Identities, WithoutIdentityError
from strangler_gateway.in_flight import Ticket
from strangler_gateway.lanes import LaneFullError, Lanes
from strangler_gateway.requests.downstream import ClientGoneError, Downstream, ResponseTap
from strangler_gateway.requests.edge import RequestIds
from strangler_gateway.requests.facts import RequestFacts
from strangler_gateway.requests.refusal import Refusal
from strangler_gateway.resilience.applications import Applications
from strangler_gateway.resilience.sending import Sender, Sent, Try
from strangler_gateway.shadow.shadowing import Shadowing
from strangler_gateway.traffic import Traffic
from strangler_gateway.transport.errors import (
    UpstreamError,
    UpstreamProtocolError,
    UpstreamRefusedError,
    UpstreamTimeoutError,
)
from strangler_gateway.transport.pool import ConnectionPools

logger = logging.getLogger(__name__)

FULL: Final = Refusal(503, "too many requests wait for the application behind the gateway", retry_after=1)
TOO_SLOW: Final = Refusal(504, "the application behind the gateway did not answer in time", retry_after=1)
FAILED: Final = Refusal(502, "the application behind the gateway did not answer", retry_after=1)
UNFIT: Final = Refusal(502, "the application behind the gateway gave no answer that can be passed on", retry_after=1)


class Relay:
    """Relays every request to the application that `traffic` decides on."""

    def __init__(self, traffic: Traffic, pools: ConnectionPools, identity: Identities | None = None) -> None:
        self.traffic = traffic
        self.pools = pools
        self.identity = identity
        lanes = Lanes()
        self.shadowing = Shadowing(traffic, lanes, lambda: self.identity)
        self.admissions = Admissions(traffic, lanes, self.shadowing)
        self.applications = Applications(time.monotonic)
        self.ids = RequestIds()
        self.meter = self.admissions.meter
        self.sender = Sender(traffic, pools, self.applications, lanes, self.meter.fell_back)

    async def run(self, client: Downstream) -> None:
        """Relay one well-formed request."""
        request = client.request
        if self.traffic.refuses(request):
            await client.answer(Refusal(404, f"no route is declared for {request.method} {request.path}"))
            return
        if self.traffic.ready.by_user and self.traffic.needs_user(request):
            await self._find_user(request)
        try:
            admission = await self.admissions.in_turn(request)
        except LaneFullError:
            logger.warning("%s %s: too many requests wait already", request.method, request.path)
            await client.answer(FULL)
            return
        await self.go_on(client, admission)

    async def go_on(self, client: Downstream, admission: Admission, second: Try | None = None) -> None:
        """Relay a request that was let in; `second` is the next try when a first one has failed already."""
        if admission.waited and client.half_closed:
            # Its client may have given up, and nothing was done yet that has to be answered for.
            self.admissions.end_now(admission)
            return
        body = client.body
        try:
            with client.watched():
                if admission.waited or (body.announced and not body.expects_continue):
                    await body.prefetch()
                await self._relay(client, admission, second)
        except ClientGoneError:
            pass
        finally:
            self.admissions.end_now(admission, client.status)

    async def _find_user(self, request: RequestFacts) -> None:
        route = self.traffic.ready.table.find(request.method, request.path, request)
        identity = self.identity.of(route.service) if self.identity is not None and route is not None else None
        if identity is None:
            return
        try:
            request.user = await identity.user(request)
        except UnknownIdentityError as error:
            # The user only chooses between two correct sides; the client's address can do that too.
            logger.warning("%s %s: %s", request.method, request.path, error)

    async def _relay(self, client: Downstream, admission: Admission, second: Try | None) -> None:
        request = client.request
        ticket = admission.ticket
        side = ticket.side
        try:
            sent = await self._sent(client, ticket, second)
        except WithoutIdentityError as error:
            await client.answer(error.refusal)
            return
        except UpstreamError as error:
            logger.warning("%s %s to %s: %s", request.method, request.path, ticket.side, error)
            await client.answer(refusal_of(error))
            return
        except LaneFullError:
            await client.answer(FULL)
            return
        try:
            # When v1 answered because v2 failed, there is no response of v2 to compare.
            tap: ResponseTap | None = admission.tap if sent.side is side else None
            if self.identity is not None:
                tap = self.identity.watching(request, tap)
            await client.pass_back(sent.exchange, self.pools.timeouts.read, tap)
        except UpstreamError as error:
            logger.warning("%s %s from %s: %s", request.method, request.path, sent.side, error)
        finally:
            sent.close()

    async def _sent(self, client: Downstream, ticket: Ticket, second: Try | None) -> Sent:
        identity = self.identity.of(ticket.service) if ticket.side is Side.V2 and self.identity is not None else None
        if identity is None:
            return await self.sender.send(client, ticket, None, second)
        try:
            header = await identity.header(client.request)
        except WithoutIdentityError as error:
            instead = error.otherwise is Otherwise.V1 and self.sender.movable(client, ticket)
            logger.info(
                "%s %s: %s; %s", ticket.method, ticket.path, error, "v1 answers" if instead else error.refusal.status
            )
            if instead:
                return await self.sender.send_to_monolith(client, ticket)
            raise
        return await self.sender.send(client, ticket, header, second)


def refusal_of(error: BaseException) -> Refusal:
    """Return the response to a request that an application failed to answer."""
    match error:
        case UpstreamTimeoutError():
            return TOO_SLOW
        case UpstreamProtocolError():
            return UNFIT
        case UpstreamRefusedError():
            return Refusal(
                503, "the application behind the gateway fails", retry_after=max(math.ceil(error.seconds), 1)
            )
        case _:
            return FAILED
