"""Shadows the traffic of one gateway: chooses requests, keeps their answers, has the other side asked, and reports."""

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
from strangler_gateway.requests.facts import SHARED_METHODS
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
    """Follows the plan of `traffic`; `draw` gives numbers from 0 to 1."""

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

    def listen(self, ticket: Ticket, rule: ShadowRule) -> Tap | None:
        """Return what takes the answer to a request of a route that is shadowed, None when it was not chosen."""
        if self._draw() * 100 >= rule.share or self._over(ticket.service or "", ticket.side.other):
            return None
        record = self._record(ticket.route or "")
        if ticket.method not in SHARED_METHODS and not (rule.writes and ticket.side is Side.V1):
            record.counts.unsafe += 1
            return None
        terms = self._terms()
        self.memory.bound = terms.memory

        def offer(tap: Tap, client: Downstream) -> None:
            self._offer(tap, client, ticket, rule, record)

        return Tap(self.memory, terms.body, record.counts, offer)

    def begin_anew(self, routes: Iterable[str]) -> None:
        """Forget what was counted for some routes."""
        for name in routes:
            self._records.pop(name, None)

    def diffs(self) -> Diffs:
        """Tell what was found."""
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
        """Give up what waits and what is on its way."""
        await self._queue.close()
        await self._judge.close()
        self._asking.close()

    def _terms(self) -> ShadowTerms:
        return self._traffic.plan.shadowing

    def _busy(self, service: str, side: Side) -> bool:
        lane = self._lanes.of(Ticket(service, side, "GET", ""), self._traffic.plan)
        return self._over(service, side) or (lane is not None and lane.full)

    def _over(self, service: str, side: Side) -> bool:
        """Whether a side has had its time: after the cut-over a GET must not make v1 write."""
        return side is Side.V1 and self._traffic.authority(service).side is Side.V2

    def _record(self, route: str) -> RouteRecord:
        record = self._records.get(route)
        if record is None:
            # Routes come and go with each plan; what is counted of those that are gone is told to nobody.
            names = {one.name for one in self._traffic.plan.routes}
            self._records = {name: known for name, known in self._records.items() if name in names}
            record = self._records[route] = RouteRecord()
        return record

    def _offer(self, tap: Tap, client: Downstream, ticket: Ticket, rule: ShadowRule, record: RouteRecord) -> None:
        service = self._traffic.plan.services.get(ticket.service or "")
        answer = tap.answer
        if service is None or answer is None or not service.v2 or client.request.header(_MARKER) is not None:
            # Somebody else's copy, or a service that is gone from the plan meanwhile.
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
