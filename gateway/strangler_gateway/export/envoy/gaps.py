"""Where Envoy cannot do what a plan asks for as the gateway does it."""

from __future__ import annotations

from collections.abc import Iterator

from strangler.model.forwarding import ForwardedFields
from strangler.model.identity import ClaimSource, Otherwise
from strangler.model.resilience import HealthTerms
from strangler.project import StickySource
from strangler_gateway.export.gaps import EVERY, Gap, gaps_of_any
from strangler_gateway.export.setting import ExportSetting
from strangler_gateway.routing.plan import Route
from strangler_gateway.transport.origin import Origin


def envoy_gaps(setting: ExportSetting) -> list[Gap]:
    """Return every difference from the gateway."""
    return [
        *gaps_of_any(setting),
        Gap(
            EVERY,
            "its path is compared as it was sent: %41 is no A and %2F no /, so it may fit no rule and go to v1; so are"
            " values of parameters",
        ),
        Gap(EVERY, "of informational answers only 100 reaches the client, not 103"),
        *_routes(setting),
        *_applications(setting),
        *_identities(setting),
        *_wire(setting),
    ]


def _routes(setting: ExportSetting) -> Iterator[Gap]:
    if any(route.split for route in setting.plan.routes):
        yield Gap(
            EVERY,
            "who is in a share is told by Envoy's hash, so it is not who was in the gateway's; and the same clients"
            " come first in every service",
        )
    for route in setting.plan.routes:
        yield from _route(route)


def _route(route: Route) -> Iterator[Gap]:
    if route.split and route.sticky is not None and route.sticky.source is StickySource.USER:
        yield Gap(route.name, "Envoy does not know users: clients are told apart by their addresses")
    if sum(arm.weight > 0 for arm in route.arms) > 2:
        yield Gap(route.name, "when the weight of one of several arms is raised, clients move between the others too")
    if route.shadow.share > 0:
        if route.split:
            yield Gap(route.name, "nothing is copied while its clients are divided: copies have one destination")
        yield Gap(route.name, "the answers to copies are thrown away, not compared")
        if route.shadow.writes:
            yield Gap(route.name, "copies of writes are left out")


def _applications(setting: ExportSetting) -> Iterator[Gap]:
    plan = setting.plan
    pools = {"monolith": (plan.monolith, plan.monolith_resilience)}
    pools |= {service.name: (service.v2, service.resilience) for service in plan.services.values() if service.v2}
    for name, (origins, terms) in pools.items():
        if len(origins) > 1 and terms.breaker_failures:
            yield Gap(name, "single hosts are left out; there is no breaker for all of them together")
        if len({origin.scheme for origin in origins}) > 1:
            yield Gap(name, "all hosts are spoken to as the first one is, with TLS or without")
        yield from _changed_fields(name, origins)
        yield from _checks(name, terms.health, len(origins))


def _changed_fields(name: str, origins: tuple[Origin, ...]) -> Iterator[Gap]:
    if len({origin.host_chosen for origin in origins}) > 1:
        yield Gap(name, "Host is what the client says: each host wants another one")
    changed = [origin.fields for origin in origins if origin.fields is not None]
    if any(fields.locations for fields in changed):
        yield Gap(name, "Location and its like name what the application named")
    if any(fields.cookie_domains for fields in changed):
        yield Gap(name, "the Domain of cookies is what the application said")


def _checks(name: str, health: HealthTerms | None, hosts: int) -> Iterator[Gap]:
    if health is not None and hosts == 1:
        yield Gap(name, "its only host gets nothing while its health is bad; the gateway would still try it")


def _identities(setting: ExportSetting) -> Iterator[Gap]:
    for name, terms in setting.identities.items():
        yield Gap(name, "Envoy asks the monolith who is asking with the method of the request, and for each request")
        claims = ", ".join(sorted(claim.path[0] for claim in terms.claims if claim.source is ClaimSource.HEADER))
        yield Gap(
            name, f"the identity is not signed: the service gets what the monolith says in {claims or 'no'} header"
        )
        if terms.nobody is not Otherwise.REFUSE or terms.unknown is not Otherwise.REFUSE:
            yield Gap(name, "a request of which the monolith does not answer 200 is refused with that answer")
    if len(set(setting.identities.values())) > 1:
        yield Gap(EVERY, "the question who is asking is that of the first service for all of them")


def _wire(setting: ExportSetting) -> Iterator[Gap]:
    terms, limits = setting.plan.forwarding.terms, setting.limits
    if terms.send is not ForwardedFields.X_FORWARDED or terms.read is not ForwardedFields.X_FORWARDED:
        yield Gap(EVERY, "Forwarded (RFC 7239) is neither read nor written, only X-Forwarded-...")
    if terms.traceparent is not None:
        yield Gap(EVERY, "traceparent is not begun")
    if terms.trusted or terms.trusted_hops:
        yield Gap(EVERY, "X-Forwarded-For keeps what stands left of the client's address, and may be invented")
    for name, limit in (("most_field", limits.most_field), ("most_body", limits.most_body)):
        if limit is not None:
            yield Gap(EVERY, f"{name} is not heeded")
