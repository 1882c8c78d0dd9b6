"""The status of a gateway, as lines."""

from __future__ import annotations

from collections.abc import Iterator

from strangler.model.authority import Side
from strangler.model.quantity import quantity
from strangler.project import Address
from strangler_gateway.admin.messages import GatewayStatus, ServiceStatus
from strangler_gateway.metrics.applications import ApplicationStatus


def status_lines(address: Address, known: GatewayStatus) -> Iterator[str]:
    """Yield the status of one gateway, including everything unusual."""
    yield f"gateway {address}: process {known.pid}, plan {known.plan}"
    for problem in known.problems:
        yield f"  refused {problem}"
    for host in known.drained:
        yield f"  nothing new to {host}"
    for name, application in known.applications.items():
        if application != ApplicationStatus():
            yield f"  {name if name == 'monolith' else f'v2 of {name}'}: {', '.join(_trouble(application))}"
    for name, service in known.services.items():
        yield f"  {name}: authority {service.side}, epoch {service.epoch}"
        counts = service.in_flight
        yield (
            f"    in flight: v1 {counts.v1.read} reads, {counts.v1.write} writes;"
            f" v2 {counts.v2.read} reads, {counts.v2.write} writes"
        )
        for count in counts.routes:
            yield f"      {count.requests} to {count.side}: {count.route}"
        if service.hold is not None:
            hold = service.hold
            yield f"    held for {hold.seconds_left:.1f} s more: {hold.waiting} of at most {hold.limit} wait"
        if service.stale:
            yield (
                "    all read from v1: the follower has not said for a minute that v2 lacks nothing; does it run?"
                f" start: strangler journal follow {name}"
            )
        for route in service.rolled_back:
            yield f"    rolled back: {route}"
        for route in service.ordered:
            yield f"    by an order, which strangler.toml says nothing of: {route}"
        for route, share in service.shares.items():
            if share:
                yield f"    {share:g} % to v2{_later(service)}: {route}"


def _later(service: ServiceStatus) -> str:
    """When a share counts, if that is not now."""
    if service.side is Side.V2:
        return " once v1 has the authority again"
    return " once the follower reports again" if service.stale else ""


def _trouble(application: ApplicationStatus) -> Iterator[str]:
    """Yield what has failed since the gateway started, and what is still failing."""
    if application.breaker_open:
        yield "breaker open"
    if application.out:
        yield f"left out: {' '.join(application.out)}"
    if application.breaker_openings:
        yield f"breaker opened {quantity(application.breaker_openings, 'time')}"
    if application.ejections:
        yield quantity(application.ejections, "ejection")
    if application.retries:
        yield quantity(application.retries, "retry", "retries")
    if application.retries_refused:
        yield f"{quantity(application.retries_refused, 'retry', 'retries')} refused by the budget"
    if application.fallbacks:
        yield f"{quantity(application.fallbacks, 'request')} answered by v1"
