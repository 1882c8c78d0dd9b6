"""How far the engines go: Envoy as the gateway tells it, beside Envoy as somebody would by hand; the copy on Dask.

    python -m benchmarks.scale [--quick] [--json] [--only envoy|dask] [--rows N]

Both Envoys have one worker on a core of its own, the same ten routes with a sticky canary by a cookie, the same
upstreams with ejection, a fallback to the first one, and names of fields as they were sent; wrk and the upstream have
the other core. Ours counts each request by route, host and status besides, and takes out what no client may say. What
the copy is beside, `benchmarks.scale_etl` says.

Exits with 4 when wrk, nginx, Envoy, PostgreSQL or Dask is missing. Linux only.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import msgspec

from benchmarks import scale_etl, wrk
from benchmarks.gateway_rivals import LOAD_CORE, PROXY_CORE, Rivals, Upstream, write_plan
from benchmarks.metric import Metric, as_json
from benchmarks.peers import PeerUnavailableError
from benchmarks.pinned_server import Server, free_port, running
from strangler.model.errors import MissingExtraError, UnavailableError
from strangler.model.json_value import JsonObject
from strangler.project import Address
from strangler.project_reader import load_project
from strangler_gateway.envoy_engine.place import EnvoyPlace
from strangler_gateway.envoy_engine.program import envoy_program
from strangler_gateway.envoy_engine.resources import bootstrap, file_of, resources_of
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


def main(arguments: list[str]) -> int:
    """Measure; 0, or 4 when something can not be had."""
    parser = argparse.ArgumentParser(description="Time Envoy as the engine of a gateway, and the copy on Dask.")
    parser.add_argument("--quick", action="store_true", help="short rounds, and fewer of them")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", choices=("envoy", "dask"), help="one of the two")
    parser.add_argument("--rows", type=int, help="of the larger table that is copied")
    options = parser.parse_args(arguments)
    print(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} at the start", file=sys.stderr)
    found: list[Metric] = []
    try:
        if options.only != "dask":
            found += _envoys(*((15, 1.0) if options.quick else (15, 5.0)))
        if options.only != "envoy":
            found += scale_etl.copies(options.rows or 1_000_000, 3 if options.quick else 5)
    except (PeerUnavailableError, MissingExtraError, UnavailableError) as error:
        print(f"skipped: {error}", file=sys.stderr)
        return 4
    print(as_json(found) if options.json else "\n".join(metric.line() for metric in found))
    return 0


def _envoys(rounds: int, seconds: float) -> list[Metric]:
    wrk.program()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        upstream = Rivals(stack, folder).upstream()
        requests = wrk.script(folder, "GET", ROUTES)
        rate = Metric("envoy_vs_handwritten", "by hand", ">= 0.95", "req/s")
        cpu = Metric("envoy_cpu", "by hand", "printed", "us")
        failed = Metric("failed", "", "0", "requests")
        for number in range(rounds):
            # Anew for each round: where its memory comes to lie makes one process a fifth slower than the next.
            with ExitStack() as round_:
                place = folder / str(number)
                place.mkdir()
                pair = [_engine(round_, place / "ours", upstream), _by_hand(round_, place / "hand", upstream)]
                loads: dict[str, wrk.Load] = {}
                for server in pair if number % 2 else reversed(pair):
                    wrk.load(server, requests, 1.0, LOAD_CORE)
                    loads[server.name] = wrk.load(server, requests, seconds, LOAD_CORE)
            rate.add(loads["ours"].per_second, loads["hand"].per_second)
            cpu.add(loads["ours"].cpu_us, loads["hand"].cpu_us)
            failed.add(sum(load.failed for load in loads.values()))
        return [rate, cpu, failed]


def _engine(stack: ExitStack, folder: Path, upstream: Upstream) -> Server:
    """Start Envoy as ``strangler gateway run --engine envoy`` does."""
    folder.mkdir()
    port = free_port()
    write_plan(folder / "strangler.toml", upstream, port, free_port(), ROUTES)
    project = load_project(folder / "strangler.toml")
    setting = ExportSetting.of(project, compile_plan(project, {}), Address("127.0.0.1", port), {})
    place = EnvoyPlace(folder, *(folder / f"{name}.sock" for name in ("envoy", "plane", "signer", "threads")))
    for kind, resources in resources_of(setting, place).items():
        file_of(folder, kind).write_bytes(resources.file())
    return _envoy(stack, "ours", folder, bootstrap(place), port)


def _by_hand(stack: ExitStack, folder: Path, upstream: Upstream) -> Server:
    folder.mkdir()
    port = free_port()
    return _envoy(stack, "hand", folder, _written(port, upstream), port)


def _envoy(stack: ExitStack, name: str, folder: Path, configuration: JsonObject, port: int) -> Server:
    file = folder / "bootstrap.json"
    file.write_bytes(msgspec.json.encode(configuration))
    command = [str(envoy_program()), "-c", str(file), "--concurrency", "1", "--disable-hot-restart"]
    server = stack.enter_context(running([*command, "--log-level", "error"], port, PROXY_CORE, folder / "log", {}))
    time.sleep(0.5)
    return Server(name, server.port, server.process)


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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
