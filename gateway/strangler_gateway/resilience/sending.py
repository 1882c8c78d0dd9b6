"""Sends a request to its application, retries it at another host where that is safe, and falls back from v2 to v1."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from strangler.model.authority import Side
from strangler_gateway.in_flight import Ticket
from strangler_gateway.lanes import Lane, Lanes
from strangler_gateway.requests.downstream import Downstream
from strangler_gateway.requests.facts import SAFE_METHODS
from strangler_gateway.resilience.application import FAILING_STATUSES, Application, Attempt
from strangler_gateway.resilience.applications import Applications
from strangler_gateway.resilience.host import Host
from strangler_gateway.traffic import Traffic
from strangler_gateway.transport.errors import (
    UpstreamError,
    UpstreamRefusedError,
    UpstreamTimeoutError,
    UpstreamUnreachableError,
)
from strangler_gateway.transport.exchange import Exchange
from strangler_gateway.transport.pool import ConnectionPools
from strangler_gateway.transport.request import IDEMPOTENT_METHODS, Sendable

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sent:
    """A request whose response has begun; `side` is the side that answers, `lane` an additional place it has taken."""

    exchange: Exchange
    side: Side
    application: Application
    attempt: Attempt
    lane: Lane | None = None

    def close(self) -> None:
        """Release the exchange, the host and the lane."""
        self.exchange.close()
        self.application.over(self.attempt)
        if self.lane is not None:
            self.lane.leave()


@dataclass(frozen=True, slots=True)
class Try:
    """The next try of a request that failed at the hosts `tried`: an attempt, or v1 when that is None."""

    attempt: Attempt | None
    tried: tuple[Host, ...]


class Sender:
    """Sends the requests of one gateway."""

    def __init__(
        self,
        traffic: Traffic,
        pools: ConnectionPools,
        applications: Applications,
        lanes: Lanes,
        fell_back: Callable[[Ticket], None],
    ) -> None:
        self._traffic = traffic
        self._pools = pools
        self._applications = applications
        self._lanes = lanes
        self._fell_back = fell_back

    def second(self, client: Downstream, ticket: Ticket, failed: Attempt, *, late: bool) -> Try | None:
        """Return the next try of a complete request whose first try failed; None when there is none.

        One that came `late`, after its time was up, is no longer tried at further hosts of v2 where v1 may answer.
        The caller must pass the result to `send`, or declare its attempt over.
        """
        application = failed.application
        replaceable = self.replaceable(client, ticket, application)
        again = ticket.method.encode() in IDEMPOTENT_METHODS and not (late and replaceable)
        attempt = application.again((failed.host,)) if again else None
        return Try(attempt, (failed.host,)) if attempt is not None or replaceable else None

    async def send(self, client: Downstream, ticket: Ticket, identity: bytes | None, second: Try | None = None) -> Sent:
        """Return the response of a host that gives one; UpstreamError when none does. The caller closes the result.

        A response that says v2 failed is returned only when v1 may not answer in its place.
        """
        application = self._applications.of(ticket, self._traffic.plan)
        begun = asyncio.get_running_loop().time()
        replaceable = self.replaceable(client, ticket, application)
        if second is None:
            if replaceable and not application.well:
                return await self._instead(client, ticket, begun)
        elif second.attempt is None:
            return await self._instead(client, ticket, begun)
        try:
            terms = application.terms
            soon = replaceable and _whole(client)
            end = begun + (min(terms.fallback_seconds, terms.total_seconds) if soon else terms.total_seconds)
            sent = await self._at_hosts(client, second or _first(application), ticket.side, identity, end)
        except UpstreamError as error:
            if not replaceable or not _whole(client):
                raise
            # While the breaker is open, this is every request, and its opening was logged already.
            level = logging.DEBUG if isinstance(error, UpstreamRefusedError) else logging.WARNING
            logger.log(
                level, "%s %s: v2 of %s fails: %s; v1 answers", ticket.method, ticket.path, ticket.service, error
            )
        else:
            if sent.exchange.status not in FAILING_STATUSES or not replaceable or not _whole(client):
                return sent
            logger.warning(
                "%s %s: v2 of %s says %d; v1 answers",
                ticket.method,
                ticket.path,
                ticket.service,
                sent.exchange.status,
            )
            if client.request.trace is not None:
                client.request.trace.called(sent.exchange.status)
            sent.close()
        return await self._instead(client, ticket, begun)

    def replaceable(self, client: Downstream, ticket: Ticket, application: Application) -> bool:
        """Whether v1 may answer if v2 fails."""
        return application.terms.fallback and self.movable(client, ticket)

    def movable(self, client: Downstream, ticket: Ticket) -> bool:
        """Whether v1 may answer a request that was to go to v2.

        Only a safe request, because a write without response may have reached v2; only while v1 has the authority,
        because its data may be older afterwards; and not when the client asked for v2 itself.
        """
        return (
            ticket.side is Side.V2
            and ticket.service is not None
            and ticket.method in SAFE_METHODS
            and self._traffic.authority(ticket.service).side is Side.V1
            and not self._chosen(client)
        )

    async def send_to_monolith(self, client: Downstream, ticket: Ticket) -> Sent:
        """Return v1's response to a request that was to go to v2; UpstreamError when it gives none."""
        return await self._at_monolith(client, ticket, asyncio.get_running_loop().time())

    def _chosen(self, client: Downstream) -> bool:
        route = self._traffic.ready.table.find(client.request.method, client.request.path, client.request)
        return route is not None and bool(route.chosen.of(client.request))

    async def _instead(self, client: Downstream, ticket: Ticket, begun: float) -> Sent:
        self._fell_back(ticket)
        return await self._at_monolith(client, ticket, begun)

    async def _at_monolith(self, client: Downstream, ticket: Ticket, begun: float) -> Sent:
        ticket.turn_to_v1()
        plan = self._traffic.plan
        instead = Ticket(None, Side.V1, ticket.method, ticket.path)
        lane = self._lanes.of(instead, plan)
        if lane is not None:
            await lane.enter()
        try:
            monolith = self._applications.of(instead, plan)
            end = begun + monolith.terms.total_seconds
            sent = await self._at_hosts(client, _first(monolith), Side.V1, None, end)
        except BaseException:
            if lane is not None:
                lane.leave()
            raise
        return Sent(sent.exchange, Side.V1, monolith, sent.attempt, lane)

    async def _at_hosts(
        self, client: Downstream, next_try: Try, side: Side, identity: bytes | None, end: float
    ) -> Sent:
        """Try one host after the other, while a retry is safe, budget is left and `end` (by the loop) is to come."""
        loop = asyncio.get_running_loop()
        tried = [*next_try.tried]
        attempt = next_try.attempt
        assert attempt is not None
        application = attempt.application
        while True:
            trace = client.request.trace
            if trace is not None:
                trace.call(attempt.host.origin)
            request = client.outgoing(attempt.host.origin, identity)
            tried.append(attempt.host)
            following: Attempt | None = None
            try:
                exchange = await self._once(application, attempt, request, end)
            except UpstreamError as error:
                if trace is not None:
                    trace.called(0)
                application.failed(attempt)
                application.over(attempt)
                if loop.time() < end and (isinstance(error, UpstreamUnreachableError) or request.repeatable):
                    following = application.again(tried)
                if following is None:
                    raise
                logger.warning("%s; trying %s", error, following.host.origin)
            except BaseException:
                application.over(attempt)
                raise
            else:
                application.answered(attempt, exchange.status)
                if exchange.status in FAILING_STATUSES and request.repeatable and loop.time() < end:
                    following = application.again(tried)
                if following is None:
                    return Sent(exchange, side, application, attempt)
                logger.warning("%s says %d; trying %s", attempt.host.origin, exchange.status, following.host.origin)
                if trace is not None:
                    trace.called(exchange.status)
                exchange.close()
                application.over(attempt)
            attempt = following

    async def _once(self, application: Application, attempt: Attempt, request: Sendable, end: float) -> Exchange:
        pool = self._pools.of(attempt.host.origin)
        terms = application.terms
        if request.source is not None:
            # The time a client takes to send its body says nothing about the application.
            return await pool.send(request, terms.try_seconds)
        patience = min(terms.try_seconds, end - asyncio.get_running_loop().time())
        if patience <= 0:
            raise UpstreamTimeoutError("there was no answer in the time of all tries")
        try:
            async with asyncio.timeout(patience):
                return await pool.send(request, patience)
        except TimeoutError as error:
            raise UpstreamTimeoutError(f"{attempt.host.origin} did not answer within {patience:g} s") from error


def _first(application: Application) -> Try:
    attempt = application.choose()
    if attempt is None:
        raise UpstreamRefusedError(application.breaker.seconds_left)
    return Try(attempt, ())


def _whole(client: Downstream) -> bool:
    """Whether the gateway still has the client's whole body, so that it can send it again."""
    return not client.body.announced or client.body.read_whole
