"""Envoy as the gateway tells it, and Envoy as somebody would tell it by hand: the same routes and upstreams.

Both have ten routes with a sticky canary by a cookie, ejection, a fallback to the first upstream, time-outs, and names
of fields as they were sent. Ours counts each request by route, host and status and those under way besides, takes out
what no client may say, writes who the client is, passes trailers and reason phrases on, and bounds what is sent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from benchmarks.gateway_rivals import Upstream, write_plan
from benchmarks.pinned_server import free_port
from strangler.model.json_value import JsonObject
from strangler.project import Address
from strangler.project_reader import load_project
from strangler_gateway.envoy_engine.envoy_files import EnvoyFiles
from strangler_gateway.envoy_engine.program import envoy_program
from strangler_gateway.envoy_engine.resources import Kind, bootstrap, file_of, resources_of
from strangler_gateway.export.setting import ExportSetting
from strangler_gateway.routing.plan import compile_plan

ROUTES = 10
_TYPE = "type.googleapis.com/envoy.extensions"
_PRESERVED: JsonObject = {
    "stateful_formatter": {
        "name": "preserve_case",
        "typed_config": {"@type": f"{_TYPE}.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig"},
    }
}
_EITHER: JsonObject = {
    "name": "reviews-or-monolith",
    "connect_timeout": "5s",
    "lb_policy": "CLUSTER_PROVIDED",
    "cluster_type": {
        "name": "envoy.clusters.aggregate",
        "typed_config": {
            "@type": f"{_TYPE}.clusters.aggregate.v3.ClusterConfig",
            "clusters": ["reviews", "monolith"],
        },
    },
}


@dataclass(frozen=True, slots=True)
class Prepared:
    """An Envoy that can be started, and where it will listen."""

    port: int
    command: list[str]


def ours(folder: Path, upstream: Upstream, changed: Callable[[bytes], bytes] = bytes) -> Prepared:
    """Prepare what ``strangler gateway run --engine envoy`` starts, in a new folder; its listeners may be `changed`."""
    folder.mkdir()
    port = free_port()
    write_plan(folder / "strangler.toml", upstream, port, free_port(), ROUTES)
    project = load_project(folder / "strangler.toml")
    setting = ExportSetting.of(project, compile_plan(project, {}), Address("127.0.0.1", port), {})
    place = EnvoyFiles(folder, *(folder / f"{name}.sock" for name in ("envoy", "plane", "signer", "threads")))
    for kind, resources in resources_of(setting, place).items():
        written = resources.file()
        file_of(folder, kind).write_bytes(changed(written) if kind is Kind.LISTENERS else written)
    return _prepared(folder, port, bootstrap(place))


def by_hand(folder: Path, upstream: Upstream) -> Prepared:
    """Prepare the other one, in a new folder."""
    folder.mkdir()
    port = free_port()
    return _prepared(folder, port, _written(port, upstream))


def _prepared(folder: Path, port: int, configuration: JsonObject) -> Prepared:
    file = folder / "bootstrap.json"
    file.write_bytes(msgspec.json.encode(configuration))
    command = [str(envoy_program()), "-c", str(file), "--concurrency", "1", "--disable-hot-restart"]
    return Prepared(port, [*command, "--log-level", "error"])


def _written(port: int, upstream: Upstream) -> JsonObject:
    """Return what does the same for clients, as somebody would write it who needs no more.

    Sticky shares, v1 in the place of v2 where that fails, time-outs, ejection, and names of fields as they were sent.
    """
    policy = {
        "retry_on": "connect-failure,refused-stream,reset,retriable-status-codes",
        "retriable_status_codes": [502, 503, 504],
        "num_retries": 1,
        "per_try_timeout": "60s",
        "retry_priority": {
            "name": "envoy.retry_priorities.previous_priorities",
            "typed_config": {
                "@type": f"{_TYPE}.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig",
                "update_frequency": 1,
            },
        },
    }
    routes = [
        {
            "match": {"safe_regex": {"regex": f"/api/shop{number}/[^/]+/reviews"}},
            "route": {
                "weighted_clusters": {
                    "clusters": [{"name": "reviews-or-monolith", "weight": 25}, {"name": "monolith", "weight": 75}],
                    "use_hash_policy": True,
                },
                "hash_policy": [{"cookie": {"name": "sessionid"}}],
                "timeout": "0s",
                "idle_timeout": "60s",
                "retry_policy": policy,
            },
        }
        for number in range(ROUTES)
    ]
    manager_name = "envoy.filters.network.http_connection_manager"
    manager = {
        "@type": f"{_TYPE}.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "front",
        "use_remote_address": True,
        "http_protocol_options": {"header_key_format": _PRESERVED},
        "route_config": {
            "virtual_hosts": [
                {
                    "name": "all",
                    "domains": ["*"],
                    "routes": [*routes, {"match": {"prefix": "/"}, "route": {"cluster": "monolith"}}],
                }
            ]
        },
        "http_filters": [
            {
                "name": "envoy.filters.http.router",
                "typed_config": {"@type": f"{_TYPE}.filters.http.router.v3.Router"},
            }
        ],
    }
    ejection = {"consecutive_gateway_failure": 5, "enforcing_consecutive_gateway_failure": 100, "interval": "1s"}
    return {
        "static_resources": {
            "listeners": [
                {
                    "address": _socket(port),
                    "filter_chains": [{"filters": [{"name": manager_name, "typed_config": manager}]}],
                }
            ],
            "clusters": [
                _cluster("monolith", upstream.port),
                {**_cluster("reviews", upstream.second), "outlier_detection": ejection},
                _EITHER,
            ],
        }
    }


def _cluster(name: str, port: int) -> JsonObject:
    return {
        "name": name,
        "connect_timeout": "5s",
        "lb_policy": "LEAST_REQUEST",
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": _socket(port)}}]}],
        },
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": f"{_TYPE}.upstreams.http.v3.HttpProtocolOptions",
                "explicit_http_config": {"http_protocol_options": {"header_key_format": _PRESERVED}},
            }
        },
    }


def _socket(port: int) -> JsonObject:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}
