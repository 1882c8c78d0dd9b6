"""Decides where each request goes, and counts the requests in flight.

Every path that relays requests shares this implementation. `holding` and `enter` are synchronous: nothing else runs
between the question whether a request is held and its being counted, so no request slips between a hold and the count
that follows it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from strangler.model.authority import Side
from strangler.model.errors import InputError, UsageError
from strangler_gateway.hold import Hold, HoldTerms
from strangler_gateway.in_flight import InFlight, RouteCount, SideCount, Ticket
from strangler_gateway.recent_writes import RecentWrites
from strangler_gateway.requests.facts import SAFE_METHODS, SHARED_METHODS, RequestFacts
from strangler_gateway.routing.arms import PlannedArm, chosen_arm
from strangler_gateway.routing.plan import Plan, ServicePlan
from strangler_gateway.routing.ready_plan import ReadyPlan, ReadyRoute
from strangler_gateway.routing.route_table import rule_name

_V1: Final = Side.V1
_V2: Final = Side.V2
"""Bound here because each access to an enumeration's member is a lookup of its own."""


class ConflictError(UsageError):
    """An order contradicts what the gateway knows."""


class StaleEpochError(ConflictError):
    """An order belongs to a cut-over or rollback that is over."""


@dataclass(frozen=True, slots=True)
class Known:
    """The authority over a service as the gateway was told last; epoch 0 means it was never told."""

    side: Side = _V1
    epoch: int = 0


class Traffic:
    """The routing state of one gateway; `clock` is in seconds and never goes back."""

    def __init__(self, plan: Plan, clock: Callable[[], float], authorities: Mapping[str, Known] | None = None) -> None:
        self._plan = plan
        self.ready = ReadyPlan(plan)
        self.authorities: dict[str, Known] = dict(authorities or {})
        self.holds: dict[str, Hold] = {}
        self.recent_writes: dict[str, RecentWrites] = {}
        self._clock = clock
        self._tickets: set[Ticket] = set()
        self._released: dict[str, int] = {}

    @property
    def plan(self) -> Plan:
        """The plan in force."""
        return self._plan

    def follow(self, plan: Plan) -> None:
        """Follow another plan from now on."""
        self._plan = plan
        self.ready = ReadyPlan(plan)

    # For the code that relays requests.

    def holding(self, request: RequestFacts) -> Hold | None:
        """Return the hold a request has to wait for, None when it may be forwarded now."""
        if not self.holds:
            return None
        route = self.ready.table.find(request.method, request.path, request)
        service = route.service if route else None
        for hold in self.holds.values():
            if hold.active and hold.concerns(service, request.method, request.path):
                return hold
        return None

    def refuses(self, request: RequestFacts) -> bool:
        """Whether a request matches no route, in a plan that refuses such requests."""
        ready = self.ready
        return ready.refuse_undeclared and ready.table.find(request.method, request.path, request) is None

    def needs_user(self, request: RequestFacts) -> bool:
        """Whether the decision depends on who the user is."""
        route = self.ready.table.find(request.method, request.path, request)
        return route is not None and route.by_user and route.split and route.shares(request.method)

    def enter(self, request: RequestFacts) -> Ticket:
        """Decide where a request goes and count it; the caller must call `leave` when its response is complete."""
        ticket = self.decide(request)
        self.begin(ticket)
        return ticket

    def decide(self, request: RequestFacts) -> Ticket:
        """Return where a request would go now, without counting it."""
        method, path = request.method, request.path
        route = self.ready.table.find(method, path, request)
        if route is None:
            return Ticket(None, _V1, method, path)
        side = self.authorities.get(route.service, _UNKNOWN).side
        ticket = Ticket(route.service, side, method, path, route.name)
        if method not in SAFE_METHODS:
            ticket.marks = route.marks.of_write(request)
        if method in SHARED_METHODS or route.stateless:
            chosen = self._chosen(route, side, request)
            if chosen is _V1:
                ticket.side = _V1
            elif chosen is _V2:
                ticket.side = _V2
            else:
                ticket.side, ticket.arm, ticket.origins = chosen.side, chosen.name, chosen.origins
        return ticket

    def begin(self, ticket: Ticket) -> None:
        """Count a request whose ticket was just decided; nothing else may have run in between."""
        if ticket.service is not None and ticket.method not in SAFE_METHODS:
            self.writes_of(ticket.service).begin(ticket.marks)
        self._tickets.add(ticket)

    def leave(self, ticket: Ticket) -> None:
        """Take a request out of the count; idempotent."""
        if ticket not in self._tickets:
            return
        self._tickets.remove(ticket)
        if ticket.marks and ticket.service is not None:
            self.recent_writes[ticket.service].end(ticket.marks)

    def _chosen(self, route: ReadyRoute, authority: Side, request: RequestFacts) -> Side | PlannedArm:
        """Return the side or arm for a request that may be shared, among those the route reaches now."""
        reach = route.before_cutover if authority is _V1 else route.after_cutover
        if wanted := route.chosen.of(request):
            choice = reach.choices.get(wanted)
            if choice is not None and (isinstance(choice, PlannedArm) or route.plan.upstreams(choice)):
                return choice
        if not reach.arms and (authority is _V2 or route.share <= 0):
            return authority
        if self.recent_writes and self._pinned(route, request):
            return authority
        if reach.arms:
            return chosen_arm(route.service, route.client.of(request), reach.arms) or authority
        return _V2 if route.part.holds(route.client.of(request)) else authority

    def is_pinned(self, request: RequestFacts) -> bool:
        """Whether the side without authority may lack what the client of a read has written, or is stale."""
        if not self.recent_writes:
            return False
        route = self.ready.table.find(request.method, request.path, request)
        return route is not None and self._pinned(route, request)

    def _pinned(self, route: ReadyRoute, request: RequestFacts) -> bool:
        """Whether the side without authority may lack the client's last write, or is stale for everybody."""
        recent = self.recent_writes.get(route.service)
        if recent is None:
            return False
        return recent.stale or (not recent.empty and recent.pinned(route.marks.of_read(request)))

    def is_followed(self, service: str) -> bool:
        """Whether a follower of a service has reported, to this start of the gateway or an earlier one."""
        recent = self.recent_writes.get(service)
        return recent is not None and recent.complete_at > 0

    def is_stale(self, service: str) -> bool:
        """Whether nobody is sent to v2 because its follower, which has reported before, is silent."""
        recent = self.recent_writes.get(service)
        return recent is not None and self.authority(service).side is _V1 and recent.stale

    def writes_of(self, service: str) -> RecentWrites:
        """Return the recent writes of a service."""
        recent = self.recent_writes.get(service)
        if recent is None:
            recent = self.recent_writes[service] = RecentWrites(self._clock)
        return recent

    # For administrators.

    def now(self) -> float:
        """Return the time by which recent writes are known."""
        return self._clock()

    def authority(self, service: str) -> Known:
        """Return the last known authority over a service."""
        return self.authorities.get(service, _UNKNOWN)

    def sides(self) -> dict[str, Side]:
        """Return which side has the authority, by service."""
        return {service: known.side for service, known in self.authorities.items()}

    def service(self, name: str) -> ServicePlan:
        """Return a service of the plan; InputError when there is none of that name."""
        service = self.plan.services.get(name)
        if service is None:
            raise InputError(f"the plan of this gateway has no service {name}")
        return service

    def hold(self, service: str, terms: HoldTerms) -> Hold:
        """Hold a service's writes, or renew its hold.

        StaleEpochError when the order came too late: a later epoch is known, or the hold of this one was released.
        """
        self.service(service)
        self._check_epoch(service, terms.epoch)
        if terms.epoch <= self._released.get(service, 0):
            raise StaleEpochError(f"the hold of epoch {terms.epoch} of {service} was released already")
        hold = self.holds.get(service)
        if hold is not None and hold.active:
            hold.renew(terms)
        else:
            hold = self.holds[service] = Hold(service, terms)
        return hold

    def release(self, service: str, epoch: int) -> None:
        """End a service's hold, so that its requests go to the authority of `epoch`; does nothing without a hold.

        StaleEpochError when a later epoch is known. ConflictError when the gateway does not know the authority of
        `epoch`, because the held requests would go to the wrong side.
        """
        self.service(service)
        self._check_epoch(service, epoch)
        if (known := self.authority(service).epoch) < epoch:
            raise ConflictError(f"this gateway knows the authority over {service} of epoch {known} only, not {epoch}")
        self._released[service] = epoch
        hold = self.holds.pop(service, None)
        if hold is not None:
            hold.release()

    def check_authority(self, service: str, known: Known) -> bool:
        """Whether `known` is new; StaleEpochError when it contradicts or is older than the authority known here.

        InputError when the service is stateless, or has no upstreams on that side.
        """
        now = self.authority(service)
        if any(route.stateless for route in self.plan.routes if route.service == service):
            raise InputError(f"{service} is stateless in the plan of this gateway, so nobody has an authority over it")
        if known.side is _V2 and not self.service(service).v2:
            raise InputError(f"{service} has no upstreams, so it cannot have the authority")
        if known.epoch == now.epoch and known.side is not now.side:
            raise StaleEpochError(f"epoch {now.epoch} of {service} gave the authority to {now.side}, not {known.side}")
        if known.epoch < now.epoch:
            raise _stale(service, known.epoch, now.epoch)
        return known != now

    def in_flight(self, service: str) -> InFlight:
        """Count the requests of a service in flight."""
        self.service(service)
        hold = self.holds.get(service)
        holding = hold is not None and hold.active
        counts = {(side, write): 0 for side in Side for write in (False, True)}
        routes: Counter[tuple[str, Side]] = Counter()
        for ticket in self._tickets:
            write = ticket.method not in SAFE_METHODS
            listed = hold.lists(ticket.method, ticket.path) if holding and hold is not None else None
            if listed is not None or ticket.service == service:
                counts[ticket.side, write or listed is not None] += 1
                routes[ticket.route or (listed and rule_name(listed)) or "", ticket.side] += 1
        return InFlight(
            v1=SideCount(counts[_V1, False], counts[_V1, True]),
            v2=SideCount(counts[_V2, False], counts[_V2, True]),
            waiting=hold.waiting if hold is not None else 0,
            holding=holding,
            routes=tuple(RouteCount(route, side, number) for (route, side), number in sorted(routes.items())),
        )

    def on_their_way(self) -> Counter[tuple[str | None, str | None, Side, str | None]]:
        """Count all requests in flight, by service, route, side and arm."""
        return Counter((ticket.service, ticket.route, ticket.side, ticket.arm) for ticket in self._tickets)

    def _check_epoch(self, service: str, epoch: int) -> None:
        hold = self.holds.get(service)
        newest = max(self.authority(service).epoch, hold.terms.epoch if hold is not None and hold.active else 0)
        if epoch < newest:
            raise _stale(service, epoch, newest)


def after_cutover(service: str) -> ConflictError:
    """Return the error for a share that would have no effect, since the service was cut over."""
    return ConflictError(
        f"{service} was cut over: all its requests go to v2, and none can be sent elsewhere",
        remedy=f"only to move its writes back to v1, too, run: strangler rollback {service}",
    )


def _stale(service: str, epoch: int, newest: int) -> StaleEpochError:
    return StaleEpochError(f"epoch {epoch} of {service} is over: this gateway knows of epoch {newest}")


_UNKNOWN: Final = Known()
