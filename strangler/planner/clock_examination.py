"""Whether the hosts of a migration agree on the time, as far as something depends on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from strangler.model.clock import ClockReading, clock_difference
from strangler.model.identity import LEEWAY_SECONDS
from strangler.planner.readiness import Condition
from strangler.planner.variable_examination import unset_names
from strangler.project import Address, Project, Service
from strangler.secret import Reference, Secret
from strangler_etl.examination.examination import CLOCK_PROBLEM_SECONDS, CLOCK_WARNING_SECONDS
from strangler_etl.examination.finding import Finding, Level, ok, problem, warning
from strangler_gateway.transport.origin import Origin

NAME = "clocks"
MEND = "let NTP set the clocks of both hosts"
AskGatewayClocks = Callable[[Sequence[Address], Secret], Mapping[Address, ClockReading]]
"""Reads the clocks of the gateways that tell them."""
AskUpstreamClock = Callable[[str], ClockReading | None]
"""Reads the clock of an application from its answer to a GET request; None where it tells none."""


@dataclass(frozen=True, slots=True)
class HostClock:
    """The clock of a host, and the host's name for people."""

    name: str
    reading: ClockReading


@dataclass(frozen=True, slots=True)
class ComparedClocks:
    """Two clocks; a difference of more than `bound` seconds is a problem, because of its `consequence`."""

    one: HostClock
    other: HostClock
    bound: float
    consequence: str


@dataclass(frozen=True, slots=True)
class ApplicationClocks:
    """The clocks of the hosts of both sides that could be read."""

    monolith: tuple[HostClock, ...] = ()
    service: tuple[HostClock, ...] = ()


@dataclass(frozen=True, slots=True)
class Clocks:
    """The clocks that could be read: of the databases, of the gateways, and of the applications."""

    source: ClockReading | None
    target: ClockReading | None
    gateways: Mapping[Address, ClockReading]
    applications: ApplicationClocks


def compared_clocks(service: Service, clocks: Clocks) -> Iterator[ComparedClocks]:
    """The clocks of which one sees times of the other."""
    applications = clocks.applications
    if service.identity is not None:
        refused = f"{service.name} refuses the gateway's tokens when they differ by more than its leeway"
        gateways = [HostClock(f"gateway {address}", reading) for address, reading in clocks.gateways.items()]
        for gateway, application in product(gateways, applications.service):
            yield ComparedClocks(gateway, application, LEEWAY_SECONDS, refused)
    jump = "times of new rows jump when the writes move"
    for monolith, application in product(applications.monolith, applications.service):
        yield ComparedClocks(application, monolith, CLOCK_PROBLEM_SECONDS, jump)
    if clocks.source is not None and clocks.target is not None:
        source = HostClock("v1's database", clocks.source)
        target = HostClock(f"{service.name}'s database", clocks.target)
        jump = "times of new rows and events jump when the writes move"
        yield ComparedClocks(target, source, CLOCK_PROBLEM_SECONDS, jump)


def clock_findings(service: Service, clocks: Clocks) -> Iterator[Finding]:
    """Report clocks that certainly differ by more than a second, or that all which were compared agree."""
    compared = [*compared_clocks(service, clocks)]
    off = [finding for one in compared if (finding := _finding(one)) is not None]
    yield from off
    if compared and not off:
        names = dict.fromkeys(host.name for one in compared for host in (one.one, one.other))
        yield ok(NAME, f"no difference of more than {CLOCK_WARNING_SECONDS:g} s is certain: {', '.join(names)}")


def clock_condition(service: Service, clocks: Clocks) -> Condition:
    """Whether a move of the writes finds clocks that agree well enough."""
    off = [one for one in clock_findings(service, clocks) if one.level is Level.PROBLEM]
    if not off:
        return Condition(NAME, holds=True, found="differ by no more than is allowed for")
    return Condition(NAME, holds=False, found="; ".join(one.found for one in off), mend=MEND)


def _finding(compared: ComparedClocks) -> Finding | None:
    difference = clock_difference(compared.one.reading, compared.other.reading)
    if not difference.exceeds(CLOCK_WARNING_SECONDS):
        return None
    found = f"{compared.one.name} is {difference} {compared.other.name}: {compared.consequence}"
    return (problem if difference.exceeds(compared.bound) else warning)(NAME, found, MEND)


def application_clocks(
    project: Project, service: Service, environment: Mapping[str, str], ask: AskUpstreamClock
) -> ApplicationClocks:
    """Read the clocks of the applications of both sides."""
    return ApplicationClocks(
        monolith=tuple(_applications("v1", project.monolith.upstreams, environment, ask)),
        service=tuple(_applications(service.name, service.upstreams, environment, ask)),
    )


def gateway_clocks(
    project: Project, environment: Mapping[str, str], ask: AskGatewayClocks
) -> Mapping[Address, ClockReading]:
    """Read the clocks of the gateways; none without a token, which another check reports."""
    gateway = project.gateway
    if not gateway.admin or gateway.token is None or unset_names(gateway.token, environment):
        return {}
    return ask(gateway.admin, Secret(gateway.token.resolve(environment)))


def _applications(
    name: str, upstreams: Iterable[Reference], environment: Mapping[str, str], ask: AskUpstreamClock
) -> Iterator[HostClock]:
    for reference in upstreams:
        if unset_names(reference, environment):
            continue
        try:
            origin = str(Origin.of(reference.resolve(environment)))
        except ValueError:
            # The upstream's own check reports it.
            continue
        if (reading := ask(origin)) is not None:
            yield HostClock(f"{name} at {origin}", reading)
