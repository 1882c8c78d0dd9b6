"""The hosts of the plan as Envoy clusters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from strangler.model.authority import Side
from strangler.model.json_value import Json, JsonObject
from strangler.model.resilience import HealthTerms, ResilienceTerms
from strangler_gateway.export.entries import Entry, Target
from strangler_gateway.export.envoy.extension import PRESERVED_CASE, extension, seconds
from strangler_gateway.export.pools import Pool, Pools, is_address
from strangler_gateway.export.setting import ExportSetting
from strangler_gateway.lanes import MOST_WAITING
from strangler_gateway.transport.origin import Origin

UNLIMITED = 1_000_000
CONNECT_SECONDS = 5.0
LOCAL_IDLE_SECONDS = 30.0
SYSTEM_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"
"""Debian's certificate authorities; Envoy does not use the system's by itself."""
_PROTOCOL = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"


def cluster_of(target: Target) -> str:
    """Return the name of a target's cluster; with a fallback, that of the aggregate cluster of both."""
    return f"{target.pool.name}-or-{target.fallback.name}" if target.fallback else target.pool.name


def clusters_of(setting: ExportSetting, entries: Iterable[Entry]) -> list[JsonObject]:
    """Return the clusters that some entries need, and the monolith's, in the order of their names."""
    monolith = Pools(setting.plan).monolith
    found: dict[str, JsonObject] = {monolith.name: _cluster(setting, monolith)}
    for entry in entries:
        pools = [target.pool for target in entry.targets] + ([entry.shadow] if entry.shadow else [])
        for pool in pools:
            found.setdefault(pool.name, _cluster(setting, pool))
        for target in entry.targets:
            if target.fallback is not None:
                found.setdefault(
                    cluster_of(target), with_fallback(cluster_of(target), target.pool.name, target.fallback.name)
                )
    return [found[name] for name in sorted(found)]


def every_cluster(setting: ExportSetting) -> list[JsonObject]:
    """Return the clusters of everything in the plan, whatever its share, in the order of their names."""
    pools = Pools(setting.plan)
    found: dict[str, JsonObject] = {pools.monolith.name: _cluster(setting, pools.monolith)}
    for pool in pools.all():
        found[pool.name] = _cluster(setting, pool)
        if pool.side is Side.V2 and pool.terms.fallback:
            name = cluster_of(Target(pool, pools.monolith))
            found[name] = with_fallback(name, pool.name, pools.monolith.name)
    return [found[name] for name in sorted(found)]


def local_cluster(setting: ExportSetting, name: str, socket: Path) -> JsonObject:
    """Return the cluster of a server on this machine, without limits: that server applies its own."""
    endpoint = {"address": {"pipe": {"path": str(socket)}}, "hostname": name}
    # Shorter than the server's own idle timeout: a request sent while the server closes the connection would be lost.
    protocol = _protocol(setting, {"idle_timeout": seconds(LOCAL_IDLE_SECONDS)})
    return {
        "name": name,
        "type": "STATIC",
        "connect_timeout": seconds(CONNECT_SECONDS),
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [{"endpoint": endpoint}]}]},
        "typed_extension_protocol_options": {_PROTOCOL: protocol},
        "circuit_breakers": {"thresholds": [{**_no_bounds(), "max_retries": UNLIMITED}]},
    }


def _cluster(setting: ExportSetting, pool: Pool) -> JsonObject:
    terms = pool.terms
    named = any(not is_address(origin.host) for origin in pool.origins)
    cluster: dict[str, Json] = {
        "name": pool.name,
        "type": "STRICT_DNS" if named else "STATIC",
        "connect_timeout": seconds(CONNECT_SECONDS),
        "lb_policy": "LEAST_REQUEST",
        "load_assignment": {
            "cluster_name": pool.name,
            "endpoints": [{"lb_endpoints": [_endpoint(origin) for origin in pool.origins]}],
        },
        "typed_extension_protocol_options": {_PROTOCOL: _protocol(setting)},
        "circuit_breakers": {"thresholds": [_bounds(pool)]},
    }
    if ejection := _ejection(pool):
        cluster["outlier_detection"] = ejection
    if pool.side is Side.V2:
        # Send no request to hosts known to fail: v1 answers, or the client gets an error at once.
        cluster["common_lb_config"] = {"healthy_panic_threshold": {"value": 0}}
    if terms.health is not None:
        cluster["health_checks"] = [_health_check(terms.health)]
    if transport := _transport(pool.origins):
        cluster["transport_socket"] = transport
    return cluster


def with_fallback(name: str, first: str, second: str) -> JsonObject:
    """Return an aggregate cluster of two priorities: the second gets the requests the first has no host for."""
    return {
        "name": name,
        "connect_timeout": seconds(CONNECT_SECONDS),
        "lb_policy": "CLUSTER_PROVIDED",
        "cluster_type": extension(
            "envoy.clusters.aggregate",
            "clusters.aggregate.v3.ClusterConfig",
            clusters=[first, second],
        ),
        # A fallback does not count as a retry, so it takes nothing from the budget.
        "circuit_breakers": {"thresholds": [{**_no_bounds(), "max_retries": UNLIMITED}]},
    }


def _endpoint(origin: Origin) -> JsonObject:
    return {
        "endpoint": {
            "address": {"socket_address": {"address": origin.host, "port_value": origin.port}},
            "hostname": origin.authority.decode(),
            "health_check_config": {"hostname": origin.authority.decode()},
        }
    }


def _protocol(setting: ExportSetting, common: JsonObject | None = None) -> JsonObject:
    return {
        "@type": f"type.googleapis.com/{_PROTOCOL}",
        "explicit_http_config": {
            "http_protocol_options": {
                "header_key_format": {"stateful_formatter": PRESERVED_CASE},
                "enable_trailers": True,
            }
        },
        "common_http_protocol_options": {
            "max_response_headers_kb": _kilobytes(setting.limits.most_response_head),
            **(common or {}),
        },
    }


def _kilobytes(size: int) -> int:
    return max(1, min(8192, -(-size // 1024)))


def _bounds(pool: Pool) -> JsonObject:
    bounds: dict[str, Json] = dict(_no_bounds())
    if pool.width is not None:
        bounds |= {"max_connections": pool.width, "max_pending_requests": MOST_WAITING}
    bounds["retry_budget"] = {
        "budget_percent": {"value": pool.terms.retry_ratio * 100},
        "min_retry_concurrency": 10,
    }
    return bounds


def _no_bounds() -> JsonObject:
    return {"max_connections": UNLIMITED, "max_pending_requests": UNLIMITED, "max_requests": UNLIMITED}


def _ejection(pool: Pool) -> JsonObject:
    """Return the outlier detection of a pool; for a single host, ejection plays the part of the breaker."""
    terms: ResilienceTerms = pool.terms
    alone = len(pool.origins) == 1
    failures = terms.breaker_failures if alone else terms.eject_failures
    if not failures:
        return {}
    return {
        "consecutive_gateway_failure": failures,
        "enforcing_consecutive_gateway_failure": 100,
        "enforcing_consecutive_5xx": 0,
        "enforcing_success_rate": 0,
        "interval": "1s",
        "base_ejection_time": seconds(max(terms.breaker_seconds if alone else terms.eject_seconds, 0.001)),
        "max_ejection_percent": 100 if alone else round(terms.eject_share),
    }


def _health_check(terms: HealthTerms) -> JsonObject:
    return {
        "timeout": seconds(terms.patience),
        "interval": seconds(terms.interval),
        "healthy_threshold": terms.healthy,
        "unhealthy_threshold": terms.unhealthy,
        "http_health_check": {"path": terms.path, "expected_statuses": [{"start": 200, "end": 400}]},
    }


def _transport(origins: Sequence[Origin]) -> JsonObject:
    """Return the TLS transport socket of the hosts; empty for plain HTTP."""
    first = origins[0]
    if first.scheme != "https":
        return {}
    terms = first.tls
    name = (terms.server_name if terms else None) or first.host
    context: dict[str, Json] = {"sni": name} if not is_address(name) else {}
    if terms is None or terms.verify:
        ca = str(terms.ca_file) if terms is not None and terms.ca_file is not None else SYSTEM_AUTHORITIES
        kind = "IP_ADDRESS" if is_address(name) else "DNS"
        subject = {"san_type": kind, "matcher": {"exact": name}}
        validation = {"trusted_ca": {"filename": ca}, "match_typed_subject_alt_names": [subject]}
        context["common_tls_context"] = {"validation_context": validation}
    return extension("envoy.transport_sockets.tls", "transport_sockets.tls.v3.UpstreamTlsContext", **context)
