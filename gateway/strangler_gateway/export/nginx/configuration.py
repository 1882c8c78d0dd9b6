"""A complete nginx configuration of a plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from strangler_gateway.export.entries import Entry, entries_of
from strangler_gateway.export.nginx.directives import Directive, block, directive, text_of
from strangler_gateway.export.nginx.maps import CHOSEN, fallback_of, request_maps, upstream_of
from strangler_gateway.export.pools import Pool, Pools
from strangler_gateway.export.setting import ExportSetting
from strangler_gateway.transport.origin import Origin

_TAKEN_OUT = ("X-Strangler-Identity", "X-Strangler-Shadow", "X-Real-IP", "Forwarded")
"""Fields that no client may set."""
IDLE_CONNECTIONS = 64


def nginx_text(setting: ExportSetting) -> str:
    """Return the text of an ``nginx.conf``."""
    return text_of([block("events", of=()), block("http", of=_http(setting))])


def _http(setting: ExportSetting) -> Iterator[Directive]:
    entries = entries_of(setting)
    monolith = Pools(setting.plan).monolith
    yield directive("variables_hash_max_size", "65536")
    yield directive("map_hash_max_size", "65536")
    yield directive("map_hash_bucket_size", "256")
    yield directive("access_log", "off")
    yield from _upstreams(entries, monolith)
    yield from request_maps(entries, "" if setting.plan.refuse_undeclared else monolith.name)
    yield from _by_upstream(entries, monolith)
    yield block(
        "map", "$http_upgrade", "$strangler_connection", of=[directive("", ""), directive("default", "upgrade")]
    )
    yield block(
        "map",
        "$http_x_request_id",
        "$strangler_request_id",
        of=[directive("", "$request_id"), directive("default", "$http_x_request_id")],
    )
    yield block("server", of=_server(setting, _pools(entries, monolith)))


def _pools(entries: Sequence[Entry], monolith: Pool) -> list[Pool]:
    found = {monolith.name: monolith}
    found |= {target.pool.name: target.pool for entry in entries for target in entry.targets}
    return [found[name] for name in sorted(found)]


def _upstreams(entries: Sequence[Entry], monolith: Pool) -> Iterator[Directive]:
    for pool in _pools(entries, monolith):
        yield _upstream(pool.name, [_server_of(pool, origin) for origin in pool.origins])
    both = {
        upstream_of(target): (target.pool, fallback)
        for entry in entries
        for target in entry.targets
        if (fallback := fallback_of(target)) is not None
    }
    for name in sorted(both):
        first, second = both[name]
        servers = [_server_of(first, origin) for origin in first.origins]
        servers += [_server_of(second, origin, "backup") for origin in second.origins]
        yield _upstream(name, servers)


def _upstream(name: str, servers: Sequence[Directive]) -> Directive:
    return block(
        "upstream",
        name,
        of=[directive("least_conn"), *servers, directive("keepalive", str(IDLE_CONNECTIONS))],
    )


def _server_of(pool: Pool, origin: Origin, *more: str) -> Directive:
    """Return a host of an upstream; for a single host, ``max_fails`` plays the part of the breaker."""
    terms = pool.terms
    alone = len(pool.origins) == 1
    failures = terms.breaker_failures if alone else terms.eject_failures
    time_out = terms.breaker_seconds if alone else terms.eject_seconds
    return directive(
        "server",
        origin.authority.decode(),
        f"max_fails={failures}",
        f"fail_timeout={max(1, round(time_out))}s",
        *more,
    )


def _by_upstream(entries: Sequence[Entry], monolith: Pool) -> Iterator[Directive]:
    """Yield the maps from an upstream to its scheme and its Host."""
    schemes: list[Directive] = []
    hosts: list[Directive] = []
    named = {upstream_of(target): target.pool for entry in entries for target in entry.targets}
    for name, pool in sorted((named | {monolith.name: monolith}).items()):
        first = pool.origins[0]
        if first.scheme == "https":
            schemes.append(directive(name, "https"))
        if first.host_chosen is not None:
            hosts.append(directive(name, first.host_chosen.decode()))
    yield block("map", CHOSEN, "$strangler_scheme", of=[*schemes, directive("default", "http")])
    yield block("map", CHOSEN, "$strangler_host", of=[*hosts, directive("default", "$http_host")])


def _server(setting: ExportSetting, pools: Sequence[Pool]) -> Iterator[Directive]:
    limits, plan = setting.limits, setting.plan
    if setting.tls is None:
        yield directive("listen", str(setting.listen))
    else:
        yield directive("listen", str(setting.listen), "ssl")
        yield directive("ssl_certificate", str(setting.tls.certificate))
        yield directive("ssl_certificate_key", str(setting.tls.key))
        yield directive("ssl_protocols", "TLSv1.2", "TLSv1.3")
    yield directive("server_name", "_")
    for network in plan.forwarding.terms.trusted:
        yield directive("set_real_ip_from", network)
    if plan.forwarding.terms.trusted:
        yield directive("real_ip_header", "X-Forwarded-For")
        yield directive("real_ip_recursive", "on")
    yield directive("merge_slashes", "off")
    yield directive("client_max_body_size", str(limits.most_body or 0))
    yield directive("client_header_timeout", f"{max(1, round(limits.head_seconds))}s")
    yield directive("client_body_timeout", f"{max(1, round(limits.body_seconds))}s")
    yield directive("keepalive_timeout", f"{max(1, round(limits.idle_seconds))}s")
    yield directive("keepalive_requests", str(limits.most_requests or 1_000_000))
    yield directive(
        "large_client_header_buffers", str(max(2, -(-limits.most_head // limits.most_line))), str(limits.most_line)
    )
    if plan.refuse_undeclared:
        yield block("if", f"({CHOSEN}", "=", '"")', of=[directive("return", "404")])
    yield block("location", "/", of=_location(pools))


def _location(pools: Sequence[Pool]) -> Iterator[Directive]:
    yield directive("proxy_pass", f"$strangler_scheme://{CHOSEN}")
    yield directive("proxy_http_version", "1.1")
    yield directive("proxy_buffering", "off")
    yield directive("proxy_request_buffering", "off")
    yield directive("proxy_connect_timeout", "5s")
    patience = max(pool.terms.try_seconds for pool in pools)
    yield directive("proxy_read_timeout", f"{max(1, round(patience))}s")
    # nginx does not retry requests that are not idempotent.
    yield directive("proxy_next_upstream", "error", "timeout", "http_502", "http_503", "http_504")
    yield directive("proxy_next_upstream_tries", str(2 + max(pool.terms.retries for pool in pools)))
    yield directive("proxy_pass_request_headers", "on")
    for name, value in (
        ("Host", "$strangler_host"),
        ("Connection", "$strangler_connection"),
        ("Upgrade", "$http_upgrade"),
        ("X-Request-ID", "$strangler_request_id"),
        ("X-Forwarded-For", "$remote_addr"),
        ("X-Forwarded-Proto", "$scheme"),
        ("X-Forwarded-Host", "$http_host"),
        *((name, "") for name in _TAKEN_OUT),
    ):
        yield directive("proxy_set_header", name, value)
    yield from _upstream_tls(pools)


def _upstream_tls(pools: Sequence[Pool]) -> Iterator[Directive]:
    secured = [origin for pool in pools for origin in pool.origins if origin.scheme == "https"]
    if not secured:
        return
    first = secured[0]
    name = (first.tls.server_name if first.tls else None) or first.host
    yield directive("proxy_ssl_server_name", "on")
    yield directive("proxy_ssl_name", name)
    if first.tls is None or first.tls.verify:
        ca = first.tls.ca_file if first.tls is not None else None
        yield directive("proxy_ssl_verify", "on")
        yield directive("proxy_ssl_trusted_certificate", str(ca or "/etc/ssl/certs/ca-certificates.crt"))
