"""Lets requests in: decides where each goes, waits for holds and lanes, and counts it until its response ends."""

from __future__ import annotations

from time import monotonic
from typing import Final

from strangler_gateway.hold import Hold
from strangler_gateway.in_flight import Ticket
from strangler_gateway.lanes import Lane, Lanes
from strangler_gateway.metrics.meter import Meter
from strangler_gateway.requests.facts import RequestFacts
from strangler_gateway.shadow.shadowing import Shadowing
from strangler_gateway.shadow.tap import Tap
from strangler_gateway.tracing.trace import Trace, Tracing
from strangler_gateway.traffic import Traffic

_clock: Final = monotonic
"""Final, so that compiled code need not look the name up."""


class Admission:
    """A request that was let in, and is counted until it is `over`; `waited` says whether it had to wait first.

    `arrived` is by `time.monotonic`. `tap` receives a copy of the response where it is to be compared with that
    of the other side.
    """

    __slots__ = ("arrived", "lane", "over", "tap", "ticket", "trace", "waited")

    def __init__(self, ticket: Ticket, lane: Lane | None, arrived: float, *, waited: bool = False) -> None:
        self.ticket = ticket
        self.lane = lane
        self.arrived = arrived
        self.waited = waited
        self.over = False
        self.tap: Tap | None = None
        self.trace: Trace | None = None


class Admissions:
    """Lets requests in, both those that can go at once and those that have to wait."""

    def __init__(self, traffic: Traffic, lanes: Lanes, shadowing: Shadowing) -> None:
        self.traffic = traffic
        self._shadowing = shadowing
        self.lanes = lanes
        self.meter = Meter()
        self.tracing: Tracing | None = None

    def at_once(self, request: RequestFacts, now: float) -> Admission | None:
        """Let in a request that arrives `now` (`time.monotonic`); None when it has to wait or must be refused."""
        traffic = self.traffic
        if traffic.refuses(request) or traffic.holding(request) is not None:
            return None
        ticket = traffic.decide(request)
        lane = self.lanes.of(ticket, traffic.plan) if traffic.ready.narrow else None
        if lane is not None and not lane.enter_at_once():
            return None
        traffic.begin(ticket)
        admission = Admission(ticket, lane, now)
        if traffic.ready.shadowed:
            self._shadow(admission, request)
        if self.tracing is not None:
            self._trace(admission, request, self.tracing, now)
        return admission

    async def in_turn(self, request: RequestFacts) -> Admission:
        """Let a request in once no hold applies and its lane has a place; LaneFullError when too many wait already.

        A decision made before a wait may be wrong after it, so the request is decided again after each wait.
        """
        arrived = _clock()
        traffic = self.traffic
        passed: Hold | None = None
        lane: Lane | None = None
        waited = False
        while True:
            hold = traffic.holding(request)
            if hold is not None and hold is not passed:
                if lane is not None:
                    lane.leave()
                    lane = None
                await hold.wait()
                passed, waited = hold, True
                continue
            ticket = traffic.decide(request)
            wanted = self.lanes.of(ticket, traffic.plan)
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
        traffic.begin(ticket)
        admission = Admission(ticket, lane, arrived, waited=waited)
        self._shadow(admission, request)
        if self.tracing is not None:
            self._trace(admission, request, self.tracing, _clock())
        return admission

    def end_now(self, admission: Admission, status: int = 0) -> None:
        """Take a request out of the count now, see `end`."""
        self.end(admission, status, _clock())

    def end(self, admission: Admission, status: int, now: float) -> None:
        """Take a request out of the count and pass its place in the lane on; idempotent.

        `status` is the status sent to the client, 0 when none was; `now` is the time it ends, by `time.monotonic`.
        """
        if admission.over:
            return
        admission.over = True
        self.traffic.leave(admission.ticket)
        if admission.lane is not None:
            admission.lane.leave()
        self.meter.finished(admission.ticket, status, now - admission.arrived)
        if admission.tap is not None:
            admission.tap.close()
        if admission.trace is not None:
            admission.trace.end(admission.ticket, status)

    def _trace(self, admission: Admission, request: RequestFacts, tracing: Tracing, now: float) -> None:
        waited = now - admission.arrived
        request.trace = admission.trace = tracing.begin(request, waited)

    def _shadow(self, admission: Admission, request: RequestFacts) -> None:
        ticket = admission.ticket
        rule = self.traffic.ready.shadowed.get(ticket.route or "")
        if rule is not None:
            admission.tap = self._shadowing.listen(ticket, rule, request)
