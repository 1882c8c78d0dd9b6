"""All metrics of one process of a gateway, collected from its parts under their public names."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict

from strangler.model.authority import Side
from strangler_gateway.metrics.applications import ApplicationStatus, application_statuses
from strangler_gateway.metrics.measures import Labels, Measures, Series, amount, counted, state, total
from strangler_gateway.metrics.meter import labels_of
from strangler_gateway.metrics.process import process_series
from strangler_gateway.relay import Relay
from strangler_gateway.resilience.applications import Applications
from strangler_gateway.shadow.shadowing import Shadowing
from strangler_gateway.traffic import Traffic
from strangler_gateway.transport.pool import ConnectionPools


class Collection:
    """Collects the measures of a relay and of further `sources` in this process."""

    def __init__(self, relay: Relay, sources: Iterable[Callable[[], Measures]] = ()) -> None:
        self._relay = relay
        self._sources = tuple(sources)

    def applications(self) -> dict[str, ApplicationStatus]:
        """Return the status of each application, by name."""
        relay = self._relay
        series = application_series(relay.applications, relay.traffic, time.monotonic())
        return application_statuses(Measures((*series, relay.meter.fallback_series())))

    def measures(self) -> Measures:
        """Return all measures as of now."""
        relay = self._relay
        traffic = relay.traffic
        relay.meter.forget({route.name: route.service for route in traffic.plan.routes})
        own = Measures(
            (
                *traffic_series(traffic),
                *application_series(relay.applications, traffic, time.monotonic()),
                *connection_series(relay.pools),
                *shadow_series(relay.shadowing),
                *process_series(),
            )
        )
        return total([relay.meter.measures(), own, *(source() for source in self._sources)])


def traffic_series(traffic: Traffic) -> Iterator[Series]:
    """Yield the state that decides where requests go, and how many are in flight."""
    plan = traffic.plan
    services = [(name, _service(name)) for name in plan.services]
    holds = [(_service(name), hold) for name, hold in traffic.holds.items() if hold.active]
    yield amount(
        "requests_in_flight",
        "Requests between the decision where they go and the end of their response.",
        ((labels_of(*which), number) for which, number in traffic.on_their_way().items()),
    )
    yield state(
        "share_ratio",
        "The share of the clients that read from v2, from 0 to 1.",
        (((("service", r.service), ("route", r.name)), r.v2 / 100) for r in plan.routes if r.shared and not r.arms),
    )
    yield state(
        "authority_v2",
        "1 where v2 has the authority over a service, 0 where v1 has it.",
        ((labels, traffic.authority(name).side is Side.V2) for name, labels in services),
    )
    yield state(
        "authority_epoch",
        "The epoch of the authority over a service, which grows with every move.",
        ((labels, traffic.authority(name).epoch) for name, labels in services),
    )
    yield state(
        "stale",
        "1 while all read from v1, because the follower has not said for a minute that v2 lacks nothing.",
        ((labels, traffic.is_stale(name)) for name, labels in services),
    )
    yield amount("held_requests", "Requests that wait in a hold.", ((labels, hold.waiting) for labels, hold in holds))
    yield state("hold", "1 while requests for a service are held.", ((labels, 1) for labels, _ in holds))
    yield amount(
        "hold_overflow",
        "Requests that did not wait in the present hold because too many did.",
        ((labels, hold.overflowed) for labels, hold in holds),
    )


def application_series(applications: Applications, traffic: Traffic, now: float) -> Iterator[Series]:
    """Yield the state of the applications and their hosts; `now` is by their clock."""
    known = [((("application", name),), application) for name, application in applications.named(traffic.plan)]
    hosts = [((*labels, ("upstream", str(host.origin))), host) for labels, one in known for host in one.balancer.hosts]
    yield counted("retries_total", "Requests that were sent once more.", ((n, one.budget.spent) for n, one in known))
    yield counted(
        "retries_refused_total",
        "Requests that were not sent once more because the budget of retries was spent.",
        ((labels, one.budget.refused) for labels, one in known),
    )
    yield amount("retry_budget", "Retries that may be made now.", ((n, one.budget.balance) for n, one in known))
    yield state(
        "breaker_open",
        "1 while a breaker lets nothing through, or one request that finds out.",
        ((labels, not one.breaker.closed) for labels, one in known),
    )
    yield counted("breaker_openings_total", "How often it opened.", ((n, one.breaker.openings) for n, one in known))
    yield counted(
        "ejections_total",
        "How often a host was left out because of failures in a row.",
        ((labels, one.balancer.ejected) for labels, one in known),
    )
    yield state("host_ejected", "1 while it is left out.", ((labels, host.out_until > now) for labels, host in hosts))
    yield state("host_unhealthy", "1 while its checks fail.", ((labels, not host.healthy) for labels, host in hosts))
    yield amount(
        "host_requests", "Requests on their way to a host.", ((labels, host.requests) for labels, host in hosts)
    )


def connection_series(pools: ConnectionPools) -> Iterator[Series]:
    """Yield the counts of connections to upstreams."""
    pooled = [((("upstream", str(pool.origin)),), pool) for pool in pools.all()]
    yield counted(
        "upstream_connections_opened_total", "Connections made to upstreams.", ((n, pool.opened) for n, pool in pooled)
    )
    yield counted(
        "upstream_connections_reused_total",
        "Requests that found an idle connection to their upstream.",
        ((labels, pool.reused) for labels, pool in pooled),
    )
    yield counted(
        "upstream_connections_failed_total",
        "Connections to upstreams that could not be made.",
        ((labels, pool.failed) for labels, pool in pooled),
    )
    yield amount(
        "upstream_connections", "Open connections to upstreams.", ((labels, pool.size) for labels, pool in pooled)
    )
    yield amount(
        "upstream_connections_idle", "Those that wait for a request.", ((labels, pool.idle) for labels, pool in pooled)
    )


def shadow_series(shadowing: Shadowing) -> Iterator[Series]:
    """Yield the outcomes of shadowed requests, and how the responses of the two sides compare."""
    routes = shadowing.diffs().routes.items()
    yield counted(
        "shadow_total",
        "Requests that were chosen to be sent to the other side too, by what became of it.",
        (
            ((("service", found.service), ("route", name), ("outcome", outcome)), number)
            for name, found in routes
            for outcome, number in (
                ("equal", found.summary.equal),
                ("different", found.summary.compared - found.summary.equal),
                *asdict(found.counts).items(),
            )
        ),
    )
    # A gauge, not a counter: noise learnt later explains earlier differences as well, so the number may fall.
    yield amount(
        "shadow_unexplained",
        "Differences between the answers of the two sides that nothing explains.",
        (((("service", found.service), ("route", name)), found.summary.unexplained) for name, found in routes),
    )
    yield state(
        "shadow_ratio",
        "The share of the requests that are sent to the other side too, from 0 to 1.",
        (((("service", found.service), ("route", name)), found.share / 100) for name, found in routes),
    )
    yield amount("shadow_bytes", "Memory the copies and answers take.", [((), shadowing.memory.held)])


def _service(name: str) -> Labels:
    return (("service", name),)
