"""The plan as resources of the Kubernetes Gateway API, standard channel, version 1.3 or later.

https://gateway-api.sigs.k8s.io/reference/spec/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from strangler.model.json_value import Json, JsonObject
from strangler_gateway.export.entries import WHOLE, Entry, Target, entries_of
from strangler_gateway.export.envoy.matching import path_regex
from strangler_gateway.export.gaps import EVERY, Gap, gaps_of_any
from strangler_gateway.export.kubernetes.resources import (
    GATEWAY,
    TAKEN_OUT,
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

VERSION = "gateway.networking.k8s.io/v1"
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"))
"""The methods the API supports."""
PORT = 80
MOST_RULES = 16
"""The most rules of one HTTPRoute."""


def gateway_api(setting: ExportSetting) -> JsonObject:
    """Return a Gateway, an HTTPRoute for each rule, and the Services they lead to."""
    entries = entries_of(setting)
    return listed(_resources(setting, entries))


def gateway_api_gaps(setting: ExportSetting) -> list[Gap]:
    """Return every difference from the gateway."""
    entries = entries_of(setting)
    return [
        *gaps_of_any(setting),
        Gap(EVERY, f'gatewayClassName is "{GATEWAY}": write that of the cluster'),
        Gap(EVERY, "of two rules with placeholders the implementation says which one wins, not their order"),
        *gaps_of_kubernetes(setting, entries, "the Gateway API"),
        *_gaps(setting, entries),
    ]


def _gaps(setting: ExportSetting, entries: Sequence[Entry]) -> Iterator[Gap]:
    yield Gap(EVERY, "nothing is tried again, and no host is left out: that is the implementation's")
    for pool in pools_of(setting, entries):
        if pool.width is not None:
            yield Gap(pool.name, "concurrency is not heeded")
        if pool.terms.health is not None:
            yield Gap(pool.name, "its health is not asked for: let its pods have probes")
        if len(pool.origins) > 1 and not all(is_address(origin.host) for origin in pool.origins):
            yield Gap(pool.name, f"only {pool.origins[0]} gets requests: several names have no Service in common")
        if any(origin.tls is not None and origin.tls.ca_file for origin in pool.origins):
            yield Gap(pool.name, "whom the system trusts may sign for it: its own authority has to be a ConfigMap")
    for method in sorted({method for entry in entries for method in entry.methods} - METHODS):
        yield Gap(EVERY, f"the method {method} cannot be named, so it goes where no rule leads")


def _resources(setting: ExportSetting, entries: Sequence[Entry]) -> Iterator[JsonObject]:
    yield resource(VERSION, "Gateway", GATEWAY, {"gatewayClassName": GATEWAY, "listeners": [_listener(setting)]})
    # Grouped by identity, because equal rules are still separate rules.
    for number, (_, same) in enumerate(groupby(entries, key=lambda entry: id(entry.route))):
        yield from _http_routes(number, list(same))
    if not setting.plan.refuse_undeclared:
        everything: JsonObject = {
            "matches": [{"path": {"type": "PathPrefix", "value": "/"}}],
            "filters": [_taken_out()],
            "backendRefs": [_backend(Target(Pools(setting.plan).monolith))],
        }
        yield resource(VERSION, "HTTPRoute", f"{GATEWAY}-undeclared", _attached({"rules": [everything]}))
    for pool in pools_of(setting, entries):
        yield from _services(pool)


def _listener(setting: ExportSetting) -> JsonObject:
    allowed: JsonObject = {"namespaces": {"from": "Same"}}
    if setting.tls is None:
        return {"name": "http", "port": setting.listen.port, "protocol": "HTTP", "allowedRoutes": allowed}
    tls: JsonObject = {"mode": "Terminate", "certificateRefs": [{"kind": "Secret", "name": f"{GATEWAY}-tls"}]}
    return {"name": "https", "port": setting.listen.port, "protocol": "HTTPS", "tls": tls, "allowedRoutes": allowed}


def _attached(spec: JsonObject) -> JsonObject:
    return {"parentRefs": [{"name": GATEWAY}], **spec}


def _http_routes(number: int, entries: Sequence[Entry]) -> Iterator[JsonObject]:
    route = entries[0].route
    hosts: JsonObject = {"hostnames": [route.host]} if route.host is not None else {}
    rules = [rule for entry in entries if (rule := _rule(entry)) is not None]
    for part in range(0, len(rules), MOST_RULES):
        # Of otherwise equal matches, the route whose name sorts first wins.
        name = f"{GATEWAY}-{number:04d}-{part // MOST_RULES}-{route.service}"
        yield resource(VERSION, "HTTPRoute", name, _attached({**hosts, "rules": rules[part : part + MOST_RULES]}))


def _rule(entry: Entry) -> JsonObject | None:
    matches = list(_matches(entry))
    if not matches:
        return None
    filters: list[Json] = [_taken_out()]
    hosts = {origin.host_chosen for target in entry.targets for origin in target.pool.origins}
    host = hosts.pop() if len(hosts) == 1 else None
    if host is not None:
        filters.append({"type": "URLRewrite", "urlRewrite": {"hostname": host.decode()}})
    if entry.shadow is not None:
        parts: JsonObject = {"numerator": round(entry.route.shadow.share / 100 * WHOLE), "denominator": WHOLE}
        mirror: JsonObject = {"backendRef": _reference(entry.shadow), "fraction": parts}
        filters.append({"type": "RequestMirror", "requestMirror": mirror})
    return {
        "matches": matches,
        "filters": filters,
        "backendRefs": [_backend(target) for target in entry.targets],
        "timeouts": {"backendRequest": milliseconds(entry.targets[0].pool.terms.try_seconds)},
    }


def _matches(entry: Entry) -> Iterator[JsonObject]:
    path = entry.route.path
    exact: JsonObject = {"type": "Exact", "value": path}
    match: dict[str, Json] = {
        "path": exact if _may_be_exact(path) else {"type": "RegularExpression", "value": path_regex(path)}
    }
    asked = asked_of(entry)
    if asked is None:
        return
    if asked.headers:
        match["headers"] = [_value(header) for header in asked.headers]
    if asked.parameters:
        match["queryParams"] = [_value(parameter) for parameter in asked.parameters]
    if not entry.methods:
        yield match
    yield from ({**match, "method": method} for method in entry.methods if method in METHODS)


def _may_be_exact(path: str) -> bool:
    """Whether a path may be an exact match: HTTPPathMatch allows nothing ambiguous."""
    return is_exact(path) and not re.search(r"//|/\.\.?(/|$)|%2[fF]|#", path)


def _value(wanted: FieldMatch) -> JsonObject:
    if wanted.value is None:
        return {"type": "RegularExpression", "name": wanted.name, "value": ".*"}
    return {"type": "RegularExpression" if wanted.expression else "Exact", "name": wanted.name, "value": wanted.value}


def _taken_out() -> JsonObject:
    return {"type": "RequestHeaderModifier", "requestHeaderModifier": {"remove": TAKEN_OUT}}


def _reference(pool: Pool) -> JsonObject:
    return {"name": label(pool.name), "port": PORT}


def _backend(target: Target) -> JsonObject:
    return {**_reference(target.pool), "weight": target.weight}


def _services(pool: Pool) -> Iterator[JsonObject]:
    """Yield the Service of a pool, with its hosts' addresses, or the name of its first host."""
    name = label(pool.name)
    first = pool.origins[0]
    if all(is_address(origin.host) for origin in pool.origins):
        yield resource("v1", "Service", name, {"ports": [{"name": "http", "port": PORT}]})
        yield from _slices(pool)
    else:
        ports: list[Json] = [{"name": "http", "port": PORT, "targetPort": first.port}]
        yield resource("v1", "Service", name, {"type": "ExternalName", "externalName": first.host, "ports": ports})
    if first.scheme == "https":
        hostname = (first.tls.server_name if first.tls else None) or first.host
        reference: JsonObject = {"group": "", "kind": "Service", "name": name}
        validation: JsonObject = {"hostname": hostname, "wellKnownCACertificates": "System"}
        yield resource(VERSION, "BackendTLSPolicy", name, {"targetRefs": [reference], "validation": validation})


def _slices(pool: Pool) -> Iterator[JsonObject]:
    """Yield the addresses as slices, one for each port and IP version."""
    name = label(pool.name)
    kinds = sorted({(":" in origin.host, origin.port) for origin in pool.origins})
    for number, (six, port) in enumerate(kinds):
        yield {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {"name": f"{name}-{number}", "labels": {"kubernetes.io/service-name": name}},
            "addressType": "IPv6" if six else "IPv4",
            "ports": [{"name": "http", "port": port}],
            "endpoints": [{"addresses": [o.host]} for o in pool.origins if (":" in o.host, o.port) == (six, port)],
        }
