"""The clients' listener as Envoy configuration, with its HTTP connection manager."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from strangler.model.identity import ClaimSource, IdentityTerms
from strangler.model.json_value import Json, JsonObject
from strangler_gateway.export.envoy.extension import PRESERVED_CASE, extension, seconds
from strangler_gateway.export.envoy.routes import AUTHORIZATION, BACK_SECONDS, until_back
from strangler_gateway.export.setting import ExportSetting
from strangler_gateway.routing.drained_host import MONOLITH

IDENTITY = "x-strangler-identity"
SIGNER_SECONDS = 1.0
"""How much longer than the monolith the signer may take, not counting the wait for a restarted signer."""
_MANAGER = "envoy.filters.network.http_connection_manager"
_MANAGER_TYPE = "filters.network.http_connection_manager.v3.HttpConnectionManager"
_OWN = "x.strangler.identity"
_UNLESS_BELIEVED = "x.strangler.shadow|x.forwarded.*|x.real.ip|forwarded"
"""Fields that only a trusted proxy may set, as a regular expression over lower-case names.

The dots stand for any separator, because applications read ``X_A`` as ``X-A``.
"""


def listener_of(setting: ExportSetting, routing: JsonObject, counts: JsonObject | None = None) -> JsonObject:
    """Return the listener; `routing` has its routes as ``route_config`` or their source as ``rds``.

    `counts` are access logs that count the responses; with them, Envoy's own counts of responses are turned off.
    """
    chain: dict[str, Json] = {"filters": [_connection_manager(setting, routing, counts)]}
    if setting.shown:
        chain["name"] = setting.shown
    if setting.tls is not None:
        certificate = {
            "certificate_chain": {"filename": str(setting.tls.certificate)},
            "private_key": {"filename": str(setting.tls.key)},
        }
        chain["transport_socket"] = extension(
            "envoy.transport_sockets.tls",
            "transport_sockets.tls.v3.DownstreamTlsContext",
            common_tls_context={
                "alpn_protocols": ["http/1.1"],
                "tls_params": {"tls_minimum_protocol_version": "TLSv1_2"},
                "tls_certificates": [certificate],
            },
        )
    address = {"address": setting.listen.host.strip("[]"), "port_value": setting.listen.port}
    return {"name": "clients", "address": {"socket_address": address}, "filter_chains": [chain]}


def local_listener(name: str, socket: Path, routing: JsonObject) -> JsonObject:
    """Return a listener on a local socket that deals its connections to the threads in turn and keeps them open."""
    manager = extension(
        _MANAGER,
        _MANAGER_TYPE,
        stat_prefix=name,
        codec_type="HTTP1",
        **routing,
        http_filters=[_router()],
        stream_idle_timeout="0s",
        common_http_protocol_options={"idle_timeout": "0s"},
    )
    return {
        "name": name,
        "stat_prefix": name,
        "address": {"pipe": {"path": str(socket), "mode": 0o600}},
        "connection_balance_config": {"exact_balance": {}},
        "filter_chains": [{"filters": [manager]}],
    }


def _connection_manager(setting: ExportSetting, routing: JsonObject, counts: JsonObject | None) -> JsonObject:
    limits = setting.limits
    common: dict[str, Json] = {"idle_timeout": seconds(limits.idle_seconds)}
    if limits.connection_seconds is not None:
        common["max_connection_duration"] = seconds(limits.connection_seconds)
    if limits.most_requests is not None:
        common["max_requests_per_connection"] = limits.most_requests
    if limits.most_fields is not None:
        common["max_headers_count"] = limits.most_fields
    return extension(
        _MANAGER,
        _MANAGER_TYPE,
        stat_prefix="clients",
        codec_type="HTTP1",
        **routing,
        **(counts or {}),
        http_filters=[*_signers(setting), _router(counting=counts is None)],
        **_trust(setting),
        server_header_transformation="PASS_THROUGH",
        preserve_external_request_id=True,
        # No client's address makes it internal, so that none can control Envoy by its header fields.
        internal_address_config={},
        early_header_mutation_extensions=[_taken_out(setting)],
        http_protocol_options={
            "accept_http_10": True,
            "default_host_for_http_10": setting.plan.monolith[0].authority.decode(),
            "enable_trailers": True,
            "header_key_format": {"stateful_formatter": PRESERVED_CASE},
        },
        common_http_protocol_options=common,
        max_request_headers_kb=max(1, min(8192, -(-limits.most_head // 1024))),
        request_headers_timeout=seconds(limits.head_seconds),
        stream_idle_timeout=seconds(max(limits.silence_seconds, limits.body_seconds)),
        upgrade_configs=[{"upgrade_type": "websocket"}],
        **_via(setting),
    )


def _via(setting: ExportSetting) -> JsonObject:
    via = setting.plan.forwarding.terms.via
    return {"via": via} if via is not None else {}


def _trust(setting: ExportSetting) -> JsonObject:
    """Return which proxies are trusted about the client's address."""
    terms = setting.plan.forwarding.terms
    if terms.trusted:
        networks: list[JsonObject] = [_network(network) for network in terms.trusted]
        return {
            "original_ip_detection_extensions": [
                extension(
                    "envoy.http.original_ip_detection.xff",
                    "http.original_ip_detection.xff.v3.XffConfig",
                    xff_trusted_cidrs={"cidrs": networks},
                    skip_xff_append=False,
                )
            ]
        }
    if terms.trusted_hops:
        return {"use_remote_address": True, "xff_num_trusted_hops": terms.trusted_hops}
    # We write X-Forwarded-For, since Envoy writes its own address for clients on its own machine.
    return {"use_remote_address": True, "skip_xff_append": True}


def _network(text: str) -> JsonObject:
    address, _, length = text.partition("/")
    bits = int(length) if length else 128 if ":" in address else 32
    return {"address_prefix": address, "prefix_len": bits}


def _taken_out(setting: ExportSetting) -> JsonObject:
    """Return the extension that removes the fields no client may set; applications read ``X_A`` as ``X-A``."""
    terms = setting.plan.forwarding.terms
    believed = terms.trusted or terms.trusted_hops
    # A single expression, because each one is tried on every field of every request.
    names = _OWN if believed else f"{_OWN}|{_UNLESS_BELIEVED}"
    mutations: list[Json] = [{"remove_on_match": {"key_matcher": {"safe_regex": {"regex": names}}}}]
    if not believed:
        mutations += [
            _set("x-forwarded-for", "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%"),
            _set("x-forwarded-host", "%REQ(:AUTHORITY)%"),
        ]
    return extension(
        "envoy.http.early_header_mutation.header_mutation",
        "http.early_header_mutation.header_mutation.v3.HeaderMutation",
        mutations=mutations,
    )


def _set(name: str, value: str) -> JsonObject:
    return {"append": {"header": {"key": name, "value": value}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}}


def _signers(setting: ExportSetting) -> Iterator[JsonObject]:
    if setting.identities and setting.signer is not None:
        yield _signing(setting.signer, setting.identities)
    elif setting.identities:
        yield _authorization(setting.identities)


def _router(*, counting: bool = True) -> JsonObject:
    """Return the router filter; unless it is `counting`, it keeps no counts of responses by status."""
    return extension(
        "envoy.filters.http.router",
        "filters.http.router.v3.Router",
        suppress_envoy_headers=True,
        **({} if counting else {"dynamic_stats": False}),
    )


def _authorization(identities: Mapping[str, IdentityTerms]) -> JsonObject:
    """Return the filter that asks the monolith for the client's identity; all services get the first one's question."""
    terms = next(iter(identities.values()))
    sent = sorted({"cookie" if credential.cookie else credential.name.lower() for credential in terms.send})
    claims = sorted({claim.path[0].lower() for claim in terms.claims if claim.source is ClaimSource.HEADER})
    service: dict[str, Json] = {
        "server_uri": {"uri": f"http://{MONOLITH}", "cluster": MONOLITH, "timeout": seconds(terms.patience)},
        "path_override": terms.whoami,
        "authorization_response": {
            "allowed_upstream_headers": {"patterns": [{"exact": name, "ignore_case": True} for name in claims]}
        },
    }
    if terms.add:
        service["authorization_request"] = {
            "headers_to_add": [{"key": name, "value": value} for name, value in terms.add]
        }
    return extension(
        AUTHORIZATION,
        "filters.http.ext_authz.v3.ExtAuthz",
        http_service=service,
        allowed_headers={"patterns": [{"exact": name, "ignore_case": True} for name in sent]},
        status_on_error={"code": "ServiceUnavailable"},
    )


def _signing(cluster: str, identities: Mapping[str, IdentityTerms]) -> JsonObject:
    """Return the filter that asks our signer, which sees all fields of a request and knows its service."""
    patience = max(terms.patience for terms in identities.values()) + SIGNER_SECONDS + BACK_SECONDS
    service: dict[str, Json] = {
        "server_uri": {"uri": f"http://{cluster}", "cluster": cluster, "timeout": seconds(patience)},
        "authorization_response": {"allowed_upstream_headers": {"patterns": [{"exact": IDENTITY}]}},
        # Asking again is harmless, also when the first question was lost with the process that was asked.
        "retry_policy": until_back("connect-failure,refused-stream,reset"),
    }
    return extension(
        AUTHORIZATION,
        "filters.http.ext_authz.v3.ExtAuthz",
        http_service=service,
        allowed_headers={"patterns": [{"safe_regex": {"regex": ".+"}}]},
        status_on_error={"code": "ServiceUnavailable"},
    )
