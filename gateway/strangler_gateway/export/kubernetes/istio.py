"""The plan as Istio traffic management resources, version v1.

https://istio.io/latest/docs/reference/config/networking/
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from strangler.model.json_value import Json, JsonObject
from strangler_gateway.export.entries import Entry, Repeat, Target, entries_of
from strangler_gateway.export.envoy.matching import path_regex
from strangler_gateway.export.gaps import Gap, gaps_of_any
from strangler_gateway.export.kubernetes.resources import (
    GATEWAY,
    TAKEN_OUT,
    Asked,
    FieldMatch,
    asked_of,
    gaps_of_kubernetes,
    is_exact,
    label,
    listed,
    milliseconds,
    pools_of,
    resource,
)
from strangler_gateway.export.pools import Pool, Pools, is_address
from strangler_gateway.export.setting import ExportSetting
from strangler_gateway.lanes import MOST_WAITING
from strangler_gateway.routing.precedence import host_rank, rule_for_host

VERSION = "networking.istio.io/v1"
DOMAIN = "strangler.internal"
"""The domain of the pools' names."""
PORT = 80


def istio(setting: ExportSetting) -> JsonObject:
    """Return a Gateway, a VirtualService for each host, and a ServiceEntry and DestinationRule for each pool."""
    return listed(_resources(setting, entries_of(setting)))


def istio_gaps(setting: ExportSetting) -> list[Gap]:
    """Return every difference from the gateway."""
    entries = entries_of(setting)
    return [
        *gaps_of_any(setting),
        *gaps_of_kubernetes(setting, entries, "Istio"),
        *_gaps(setting, entries),
    ]


def _gaps(setting: ExportSetting, entries: Sequence[Entry]) -> Iterator[Gap]:
    for pool in pools_of(setting, entries):
        if pool.terms.health is not None:
            yield Gap(pool.name, "its health is not asked for: let its pods have probes")
        if len(pool.origins) > 1 and pool.terms.breaker_failures:
            yield Gap(pool.name, "single hosts are left out; there is no breaker for all of them together")
        if any(origin.tls is not None and origin.tls.ca_file for origin in pool.origins):
            yield Gap(pool.name, "its own authority has to be where the proxies find it (caCertificates)")
    for name, route in {entry.route.name: entry.route for entry in entries}.items():
        if route.shadow.share > 0:
            yield Gap(name, "the answers to copies are thrown away, not compared")


def _resources(setting: ExportSetting, entries: Sequence[Entry]) -> Iterator[JsonObject]:
    yield resource(
        VERSION, "Gateway", GATEWAY, {"selector": {"istio": "ingressgateway"}, "servers": [_server(setting)]}
    )
    hosts = sorted({entry.route.host for entry in entries if entry.route.host is not None}, key=host_rank)
    for number, host in enumerate((*hosts, None)):
        # Istio searches the VirtualService of a single host, so each has the rules for more hosts too.
        here = [
            _http(entry, asked)
            for entry in entries
            if rule_for_host(entry.route.host, host) and (asked := asked_of(entry)) is not None
        ]
        spec: JsonObject = {"hosts": [host or "*"], "gateways": [GATEWAY], "http": [*here, _undeclared(setting)]}
        yield resource(VERSION, "VirtualService", f"{GATEWAY}-{number:04d}", spec)
    for pool in pools_of(setting, entries):
        yield _service_entry(pool)
        yield resource(VERSION, "DestinationRule", pool.name, {"host": _name(pool), "trafficPolicy": _policy(pool)})


def _server(setting: ExportSetting) -> JsonObject:
    if setting.tls is None:
        port: JsonObject = {"number": setting.listen.port, "name": "http", "protocol": "HTTP"}
        return {"port": port, "hosts": ["*"]}
    port = {"number": setting.listen.port, "name": "https", "protocol": "HTTPS"}
    return {"port": port, "hosts": ["*"], "tls": {"mode": "SIMPLE", "credentialName": f"{GATEWAY}-tls"}}


def _undeclared(setting: ExportSetting) -> JsonObject:
    if setting.plan.refuse_undeclared:
        return {"name": "undeclared", "directResponse": {"status": 404}}
    monolith = Target(Pools(setting.plan).monolith)
    return {"name": "undeclared", "route": [_destination(monolith)], "retries": {"attempts": 0}, **_headers()}


def _http(entry: Entry, asked: Asked) -> JsonObject:
    first = entry.targets[0].pool
    rule: dict[str, Json] = {
        "name": entry.route.name,
        "match": [_match(entry, asked)],
        "route": [_destination(target) for target in entry.targets],
        "retries": _retries(first, entry.repeat),
        **_headers(),
    }
    hosts = {origin.host_chosen for target in entry.targets for origin in target.pool.origins}
    host = hosts.pop() if len(hosts) == 1 else None
    if host is not None:
        rule["rewrite"] = {"authority": host.decode()}
    if entry.shadow is not None:
        percentage: JsonObject = {"value": entry.route.shadow.share}
        rule["mirrors"] = [{"destination": _place(entry.shadow), "percentage": percentage}]
    return rule


def _match(entry: Entry, asked: Asked) -> JsonObject:
    path = entry.route.path
    match: dict[str, Json] = {"uri": {"exact": path} if is_exact(path) else {"regex": path_regex(path)}}
    if entry.methods:
        match["method"] = {"regex": "|".join(entry.methods)}
    if asked.headers:
        match["headers"] = {header.name: _value(header, {}) for header in asked.headers}
    if asked.parameters:
        match["queryParams"] = {parameter.name: _value(parameter, {"regex": ".*"}) for parameter in asked.parameters}
    return match


def _value(wanted: FieldMatch, anything: JsonObject) -> JsonObject:
    if wanted.value is None:
        return anything
    return {"regex" if wanted.expression else "exact": wanted.value}


def _headers() -> JsonObject:
    return {"headers": {"request": {"remove": TAKEN_OUT}}}


def _retries(pool: Pool, repeat: Repeat) -> JsonObject:
    """Return the retries, always stated, because Istio retries by default."""
    attempts = pool.terms.retries if len(pool.origins) > 1 else 0
    if not attempts:
        return {"attempts": 0}
    causes = "connect-failure,refused-stream"
    return {
        "attempts": attempts,
        "perTryTimeout": milliseconds(pool.terms.try_seconds),
        "retryOn": causes if repeat is Repeat.NEVER else f"{causes},reset,502,503,504",
    }


def _name(pool: Pool) -> str:
    return f"{label(pool.name)}.{DOMAIN}"


def _place(pool: Pool) -> JsonObject:
    return {"host": _name(pool), "port": {"number": PORT}}


def _destination(target: Target) -> JsonObject:
    return {"destination": _place(target.pool), "weight": target.weight}


def _service_entry(pool: Pool) -> JsonObject:
    endpoints: list[Json] = [{"address": origin.host, "ports": {"http": origin.port}} for origin in pool.origins]
    spec: JsonObject = {
        "hosts": [_name(pool)],
        "location": "MESH_EXTERNAL",
        "ports": [{"number": PORT, "name": "http", "protocol": "HTTP"}],
        "resolution": "STATIC" if all(is_address(origin.host) for origin in pool.origins) else "DNS",
        "endpoints": endpoints,
    }
    return resource(VERSION, "ServiceEntry", pool.name, spec)


def _policy(pool: Pool) -> JsonObject:
    tcp: dict[str, Json] = {"connectTimeout": "5s"}
    http: dict[str, Json] = {}
    if pool.width is not None:
        tcp["maxConnections"] = pool.width
        http["http1MaxPendingRequests"] = MOST_WAITING
    connections: dict[str, Json] = {"tcp": tcp}
    if http:
        connections["http"] = http
    policy: dict[str, Json] = {"loadBalancer": {"simple": "LEAST_REQUEST"}, "connectionPool": connections}
    alone = len(pool.origins) == 1
    failures = pool.terms.breaker_failures if alone else pool.terms.eject_failures
    if failures:
        policy["outlierDetection"] = {
            "consecutiveGatewayErrors": failures,
            "consecutive5xxErrors": 0,
            "interval": "1s",
            "baseEjectionTime": milliseconds(pool.terms.breaker_seconds if alone else pool.terms.eject_seconds),
            "maxEjectionPercent": 100 if alone else round(pool.terms.eject_share),
        }
    first = pool.origins[0]
    if first.scheme == "https":
        name = (first.tls.server_name if first.tls else None) or first.host
        policy["tls"] = {"mode": "SIMPLE", "sni": name, "subjectAltNames": [name]}
    return policy
