"""Where nginx cannot do what a plan asks for as the gateway does it."""

from __future__ import annotations

from collections.abc import Iterator

from strangler.project import StickySource
from strangler_gateway.export.entries import entries_of
from strangler_gateway.export.gaps import EVERY, Gap, gaps_of_any
from strangler_gateway.export.nginx.maps import fallback_of
from strangler_gateway.export.setting import ExportSetting


def nginx_gaps(setting: ExportSetting) -> list[Gap]:
    """Return every difference from the gateway."""
    return [
        *gaps_of_any(setting),
        Gap(EVERY, "its rule is found by trying one regular expression after the other"),
        Gap(EVERY, ". and .. in its path are resolved before it is compared, and values of parameters are not decoded"),
        Gap(EVERY, "header fields with _ in their names are dropped, those Connection names are passed on"),
        Gap(EVERY, "its trailers, its reason phrase, the case of its header names and all 1xx answers are lost"),
        *_routes(setting),
        *_applications(setting),
    ]


def _routes(setting: ExportSetting) -> Iterator[Gap]:
    if any(route.split for route in setting.plan.routes):
        yield Gap(EVERY, "who is in a share is told by nginx' hash, so it is not who was in the gateway's")
    for route in setting.plan.routes:
        if route.split and route.sticky is not None and route.sticky.source is StickySource.USER:
            yield Gap(route.name, "nginx does not know users: clients are told apart by their addresses")
        if sum(arm.weight > 0 for arm in route.arms) > 2:
            yield Gap(route.name, "when the weight of one arm is raised, clients move between the others too")
        if route.shadow.share > 0:
            yield Gap(route.name, "nothing is copied")


def _applications(setting: ExportSetting) -> Iterator[Gap]:
    plan, entries = setting.plan, entries_of(setting)
    pools = {target.pool.name: target.pool for entry in entries for target in entry.targets}
    origins = [origin for pool in pools.values() for origin in pool.origins]
    if len({pool.terms.try_seconds for pool in pools.values()}) > 1:
        yield Gap(EVERY, "try_seconds is the longest of all applications")
    if len({(origin.tls, origin.host) for origin in origins if origin.scheme == "https"}) > 1:
        yield Gap(EVERY, "what is expected of the first https upstream is expected of all of them")
    alone = {t.pool.name for entry in entries for t in entry.targets if t.fallback and fallback_of(t) is None}
    for name, pool in sorted(pools.items()):
        if pool.width is not None:
            yield Gap(name, "concurrency is not heeded: nginx has no queue for what is too much")
        if pool.terms.health is not None:
            yield Gap(name, "its health is not asked for")
        if any(origin.fields and (origin.fields.locations or origin.fields.cookie_domains) for origin in pool.origins):
            yield Gap(name, "Location, its like and the Domain of cookies are what the application said")
        if name in alone:
            yield Gap(name, "v1 does not answer where it fails: both would have to be spoken to alike, by TLS and Host")
    for name in setting.identities:
        yield Gap(name, "nobody tells it who is asking")
    if plan.forwarding.terms.trusted_hops:
        yield Gap(EVERY, "trusted_hops is not heeded: nginx believes networks only")
