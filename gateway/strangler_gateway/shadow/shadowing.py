"""Shadows the traffic of one gateway: chooses requests, keeps their responses, asks the other side, and reports."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from itertools import count

from strangler.model.authority import Side
from strangler.model.shadow import ShadowRule, ShadowTerms
from strangler_gateway.identity.identities import Identities
from strangler_gateway.in_flight import Ticket
from strangler_gateway.lanes import Lanes
from strangler_gateway.requests.downstream import Downstream
from strangler_gateway.requests.facts import SHARED_METHODS, RequestFacts
from strangler_gateway.requests.forwarding import SHADOW_HEADER
from strangler_gateway.shadow.asking import Asking
from strangler_gateway.shadow.comparer import Rules
from strangler_gateway.shadow.copy import Copy, request_of
from strangler_gateway.shadow.inquiry import FIRST_NOISE_PAIRS, Inquiry, Means, RouteRecord
from strangler_gateway.shadow.judging import Judge
from strangler_gateway.shadow.masks import Masks
from strangler_gateway.shadow.memory import Memory
from strangler_gateway.shadow.queue import ShadowQueue
from strangler_gateway.shadow.report import Diffs, RouteDiffs
from strangler_gateway.shadow.tap import Tap
from strangler_gateway.traffic import Traffic

_MARKER = SHADOW_HEADER.lower()


class Shadowing:
    """Shadows requests as the plan of `traffic` says; `draw` returns random numbers from 0 to 1."""

    def __init__(
        self,
        traffic: Traffic,
        lanes: Lanes,
        identity: Callable[[], Identities | None],
        draw: Callable[[], float] = random.random,
    ) -> None:
        self.memory = Memory(traffic.plan.shadowing.memory)
        self._traffic = traffic
        self._lanes = lanes
        self._draw = draw
        self._asking = Asking(self._terms, identity, self._busy)
        self._judge = Judge()
        self._means = Means(self._asking.ask, self._judge.differences, self.memory)
        self._queue = ShadowQueue(self.memory, self._terms)
        self._records: dict[str, RouteRecord] = {}
        self._turns = count()

    def listen(self, ticket: Ticket, rule: ShadowRule, request: RequestFacts) -> Tap | None:
        """Return a tap for the response to a request on a shadowed route, None when the request is not chosen."""
        if self._draw() * 100 >= rule.share or self._over(ticket.service or "", ticket.side.other):
            return None
        record = self._record(ticket.route or "")
        if ticket.method not in SHARED_METHODS and not (rule.writes and ticket.side is Side.V1):
            record.counts.unsafe += 1
            return None
        if ticket.method in SHARED_METHODS and self._traffic.is_pinned(request):
            record.counts.pinned += 1
            return None
        terms = self._terms()
        self.memory.bound = terms.memory

        def offer(tap: Tap, client: Downstream) -> None:
            self._offer(tap, client, ticket, rule, record)

        return Tap(self.memory, terms.body, record.counts, offer)

    def begin_anew(self, routes: Iterable[str]) -> None:
        """Drop the results of some routes."""
        for name in routes:
            self._records.pop(name, None)

    def diffs(self) -> Diffs:
        """Return the results of all routes."""
        plan = self._traffic.plan
        shadowed = plan.shadowed
        return Diffs(
            {
                route.name: RouteDiffs(
                    route.service, route.shadow.share, record.counts, record.ledger.summary(), record.again.refused
                )
                for route in plan.routes
                if (record := self._records.get(route.name) or (RouteRecord() if route.name in shadowed else None))
            }
        )

    async def close(self) -> None:
        """Drop the comparisons that wait and cancel those in progress."""
        await self._queue.close()
        await self._judge.close()
        self._asking.close()

    def _terms(self) -> ShadowTerms:
        return self._traffic.plan.shadowing

    def _busy(self, service: str, side: Side) -> bool:
        lane = self._lanes.of(Ticket(service, side, "GET", ""), self._traffic.plan)
        return self._over(service, side) or (lane is not None and lane.full)

    def _over(self, service: str, side: Side) -> bool:
        """Whether a side must not be asked any more: after the cut-over not even a GET may make v1 write."""
        return side is Side.V1 and self._traffic.authority(service).side is Side.V2

    def _record(self, route: str) -> RouteRecord:
        record = self._records.get(route)
        if record is None:
            # Each plan may add and remove routes; drop the records of those that are gone, since nobody sees them.
            names = {one.name for one in self._traffic.plan.routes}
            self._records = {name: known for name, known in self._records.items() if name in names}
            record = self._records[route] = RouteRecord()
        return record

    def _offer(self, tap: Tap, client: Downstream, ticket: Ticket, rule: ShadowRule, record: RouteRecord) -> None:
        service = self._traffic.plan.services.get(ticket.service or "")
        answer = tap.answer
        if service is None or answer is None or not service.v2 or client.request.header(_MARKER) is not None:
            # A copy made by another gateway, or a service that has left the plan meanwhile.
            return
        turn = next(self._turns)
        v1, v2 = service.v1[turn % len(service.v1)], service.v2[turn % len(service.v2)]
        own, other = (v1, v2) if ticket.side is Side.V1 else (v2, v1)
        request = request_of(client, other)
        terms = self._terms()
        if request is None or len(request.body) > terms.body:
            record.counts.too_large += 1
            return
        again = request if own.host_chosen == other.host_chosen else request_of(client, own) or request
        rules = Rules(ignored=(*terms.ignore, *rule.ignore), masks=Masks(names=frozenset(map(str.lower, terms.mask))))
        copy = Copy(
            ticket.route or "", service.name, ticket.side, v1, v2, client.request, request, again, answer, rules
        )
        size = copy.size
        if not self.memory.take(size):
            record.counts.dropped += 1
            return
        learning = record.ledger.noise_pairs < FIRST_NOISE_PAIRS or self._draw() * 100 < terms.noise
        noise = terms.noise > 0 and learning
        self._queue.offer(Inquiry(copy, record, self._means, tap.kept() + size, noise=noise))
