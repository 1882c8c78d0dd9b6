"""Where requests go, as Envoy's route configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from strangler.model.authority import Side
from strangler.model.identity import IdentityTerms
from strangler.model.json_value import Json, JsonObject
from strangler.project import StickyKey, StickySource
from strangler_gateway.export.entries import WHOLE, Entry, Repeat, Target, entries_of
from strangler_gateway.export.envoy.clusters import cluster_of
from strangler_gateway.export.envoy.extension import extension, seconds, typed
from strangler_gateway.export.envoy.matching import match_of, path_start
from strangler_gateway.export.pools import Pool, Pools
from strangler_gateway.export.setting import DETOURED, Detour, ExportSetting
from strangler_gateway.metrics.meter import UNDECLARED
from strangler_gateway.routing.precedence import Ruled, host_rank, rule_for_host
from strangler_gateway.routing.route_table import rule_name
from strangler_gateway.transport.origin import Origin

FAILING = [502, 503, 504]
AUTHORIZATION = "envoy.filters.http.ext_authz"
_UNSIGNED: JsonObject = {"request_headers_to_remove": ["x-strangler-identity"]}
"""No identity header for the monolith, which knows its users itself."""
SHADOW_MARK = "x-strangler-shadow"
BACK_TRIES = 60
BACK_SECONDS = 15.0
"""Retries, and about how long they take, while our own process is restarted after it was killed."""


def route_configuration(hosts: Sequence[JsonObject]) -> JsonObject:
    """Return the route configuration of virtual hosts."""
    return {
        "name": "plan",
        # Rules name hosts without ports.
        "ignore_port_in_host_matching": True,
        "request_headers_to_remove": ["x-envoy-external-address"],
        "virtual_hosts": hosts,
    }


@dataclass(frozen=True, slots=True)
class Placed:
    """A route with the literal prefix that all its paths have."""

    start: str
    content: JsonObject


def in_order(routes: Sequence[Placed]) -> JsonObject:
    """Return the routes as a list, of which the first that matches wins."""
    return {"routes": [route.content for route in routes]}


def virtual_hosts(
    setting: ExportSetting, arranged: Callable[[Sequence[Placed]], JsonObject] = in_order
) -> list[JsonObject]:
    """Return a virtual host for each host of a plan, and one for all others."""
    entries = entries_of(setting)
    hosts = sorted({entry.route.host for entry in entries if entry.route.host is not None}, key=host_rank)
    return [
        {
            "name": host or "every host",
            "domains": [host or "*"],
            **arranged(list(_of_virtual_host(setting, entries, host))),
        }
        for host in (*hosts, None)
    ]


def _of_virtual_host(setting: ExportSetting, entries: Iterable[Entry], host: str | None) -> Iterator[Placed]:
    """Yield the routes of one virtual host, those for more hosts included: Envoy searches a single virtual host."""
    yield from _further(setting)
    for entry in entries:
        if rule_for_host(entry.route.host, host):
            yield Placed(path_start(entry.route.path), _route(setting, entry))
    yield Placed("/", undeclared(setting))


def undeclared(setting: ExportSetting) -> JsonObject:
    """Return the route for requests that no rule matches."""
    match: JsonObject = {"prefix": "/"}
    name = UNDECLARED + (setting.detour.mark if setting.detour else "")
    if setting.plan.refuse_undeclared:
        return {"name": name, "match": match, "direct_response": {"status": 404}, **_without_identity(setting)}
    monolith = Target(Pools(setting.plan).monolith)
    return {
        "name": name,
        "match": match,
        "route": {**_destination((monolith,), None), **_patience(setting, (monolith,), Repeat.NEVER)},
        **_without_identity(setting),
    }


def _route(setting: ExportSetting, entry: Entry) -> JsonObject:
    route, detour = entry.route, setting.detour
    match = match_of(route.path, entry.methods, entry.conditions)
    if detour is not None and route.service in detour.services:
        return _detoured(setting, detour, route, match)
    if detour is not None and route.service in detour.watched:
        return _watched(setting, detour, entry, match)
    action: dict[str, Json] = {
        **_destination(entry.targets, route.sticky, signed=setting.signer is not None and bool(setting.identities)),
        **_patience(setting, entry.targets, entry.repeat),
    }
    if entry.shadow is not None:
        action["request_mirror_policies"] = [_mirror(entry.shadow, route.shadow.share)]
    rest: JsonObject = {} if _asks_who(setting.identities, entry) else _without_identity(setting)
    return {"name": route.name + (detour.mark if detour else ""), "match": match, "route": action, **rest}


def _further(setting: ExportSetting) -> Iterator[Placed]:
    """Yield a detour's further routes, which come before all others: they write the tables whatever their service."""
    if (detour := setting.detour) is not None:
        for route in detour.further:
            methods = (*route.methods, *(("HEAD",) if "GET" in route.methods else ()))
            match = match_of(route.path, methods, ())
            yield Placed(path_start(route.path), _detoured(setting, detour, route, match))


def _detoured(setting: ExportSetting, detour: Detour, route: Ruled, match: JsonObject) -> JsonObject:
    """Return the route of requests on a detour through our own data plane, where they may wait: without a timeout."""
    action: JsonObject = {
        "cluster": detour.cluster,
        "timeout": "0s",
        "idle_timeout": "0s",
        "retry_policy": until_back("connect-failure,refused-stream"),
    }
    name = f"{DETOURED}{rule_name(route)}{detour.mark}"
    return {"name": name, "match": match, "route": action, **_without_identity(setting)}


def _destination(targets: Sequence[Target], sticky: StickyKey | None, *, signed: bool = False) -> JsonObject:
    if len(targets) == 1:
        (target,) = targets
        return {"cluster": cluster_of(target), **_host(target.pool.origins)}
    return {
        "weighted_clusters": {
            "clusters": [
                {
                    "name": cluster_of(target),
                    "weight": target.weight,
                    **_host(target.pool.origins),
                    **(_UNSIGNED if signed and target.pool.side is Side.V1 else {}),
                }
                for target in targets
            ],
            "use_hash_policy": True,
        },
        "hash_policy": list(_hash_policy(sticky)),
    }


def _hash_policy(sticky: StickyKey | None) -> Iterator[JsonObject]:
    """Yield the hash policy that identifies clients: by the sticky key, or by address without it."""
    match sticky:
        case StickyKey(StickySource.COOKIE, name):
            yield {"cookie": {"name": name}, "terminal": True}
        case StickyKey(StickySource.HEADER, name):
            yield {"header": {"header_name": name}, "terminal": True}
        case _:
            pass
    yield {"connection_properties": {"source_ip": True}}


def _host(origins: Sequence[Origin]) -> JsonObject:
    """Return the rewrite of Host, when all hosts want the same one that is not the client's."""
    chosen = {origin.host_chosen for origin in origins}
    only = chosen.pop() if len(chosen) == 1 else None
    return {"host_rewrite_literal": only.decode()} if only is not None else {}


def _patience(setting: ExportSetting, targets: Sequence[Target], repeat: Repeat) -> JsonObject:
    """Return the timeouts, and which failures are retried.

    Envoy's total timeout cuts off long responses, so there is none: `try_seconds` for each try bounds the wait for the
    head.
    """
    first = targets[0].pool
    fallback = any(target.fallback for target in targets)
    here = first.terms.retries if len(first.origins) > 1 else 0
    policy: dict[str, Json] = {"per_try_timeout": seconds(first.terms.try_seconds)}
    if repeat is Repeat.NEVER:
        if here:
            policy |= {"retry_on": "connect-failure,refused-stream", "num_retries": here}
    elif here or fallback:
        policy |= {
            "retry_on": "connect-failure,refused-stream,reset,retriable-status-codes",
            "retriable_status_codes": FAILING,
            "num_retries": here + fallback,
        }
    if here:
        policy["retry_host_predicate"] = [
            extension(
                "envoy.retry_host_predicates.previous_hosts", "retry.host.previous_hosts.v3.PreviousHostsPredicate"
            )
        ]
        policy["host_selection_retry_max_attempts"] = 3
    if fallback:
        policy["retry_priority"] = _previous_priorities(here + 1)
    return {
        "timeout": "0s",
        "idle_timeout": seconds(max(setting.limits.silence_seconds, setting.limits.body_seconds, 0.001)),
        "retry_policy": policy,
    }


def _mirror(pool: Pool, percent: float) -> JsonObject:
    return {
        "cluster": pool.name,
        "runtime_fraction": {
            "default_value": {"numerator": round(percent / 100 * WHOLE), "denominator": "MILLION"},
        },
        "request_headers_mutations": [
            {"append": {"header": {"key": SHADOW_MARK, "value": "1"}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}}
        ],
    }


def _watched(setting: ExportSetting, detour: Detour, entry: Entry, match: JsonObject) -> JsonObject:
    """Return the route of a watched service, which takes the detour for long; v1 answers while our process is away."""
    found = _detoured(setting, detour, entry.route, match)
    lost = ",reset" if entry.repeat is Repeat.SAFE else ""
    policy: JsonObject = {
        "retry_on": f"connect-failure,refused-stream{lost}",
        "num_retries": 1,
        "retry_priority": _previous_priorities(1),
    }
    action: JsonObject = {"cluster": detour.instead, "timeout": "0s", "idle_timeout": "0s", "retry_policy": policy}
    return {**found, "route": action}


def until_back(failures: str) -> JsonObject:
    """Return retries until our own process is back, for some seconds at most."""
    return {
        "retry_on": failures,
        "num_retries": BACK_TRIES,
        "retry_back_off": {"base_interval": "0.25s", "max_interval": "0.5s"},
    }


def _previous_priorities(tries: int) -> JsonObject:
    return extension(
        "envoy.retry_priorities.previous_priorities",
        "retry.priority.previous_priorities.v3.PreviousPrioritiesConfig",
        update_frequency=tries,
    )


def _asks_who(identities: Mapping[str, IdentityTerms], entry: Entry) -> bool:
    return entry.route.service in identities and any(target.pool.name != "monolith" for target in entry.targets)


def _without_identity(setting: ExportSetting) -> JsonObject:
    if not setting.identities:
        return {}
    off = typed("filters.http.ext_authz.v3.ExtAuthzPerRoute", disabled=True)
    return {"typed_per_filter_config": {AUTHORIZATION: off}}
