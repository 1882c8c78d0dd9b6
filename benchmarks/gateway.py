"""How fast the gateway is beside other proxies, one worker each on a core of its own.

    python -m benchmarks.gateway [--quick] [--json]

Rounds are interleaved: every proxy has its turn in each. The gateway follows 500 routes with a sticky canary, request
ids and everything else on; the others relay all to one upstream. Ours is the gateway with its hot path compiled, as a
wheel can have it; beside it in the table is the same from its sources. wrk and the upstream have the other core. Where
a proxy was not busy (the table says how busy), requests per second say how fast *they* are: look at the microseconds.

Exits with 4 when wrk or nginx, which answers behind every proxy, is missing; other proxies that cannot be had are
named and left out. Linux only.
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import httpx

from benchmarks import big_body, wrk
from benchmarks.compiled_gateway import interpreter
from benchmarks.gateway_rivals import BODY, LOAD_CORE, TOKEN, Gateway, Rivals, Upstream, write_plan
from benchmarks.metric import Metric, as_json
from benchmarks.peers import PeerUnavailableError
from benchmarks.pinned_server import Server, pinned
from benchmarks.wrk import Load
from strangler.project import Address
from strangler.secret import Secret
from strangler_gateway.admin.client import AdminClient

_ROUTES = 500
_ROUTES_WITHIN_S = 10.0
_SETTLE_S = 0.5
"""How long the slowest needs for what it was asked last."""
_RATIOS = (
    ("get_vs_envoy", "GET", "envoy", ">= 2.0"),
    ("get_vs_nginx", "GET", "nginx", ">= 0.6"),
    ("get_vs_naive", "GET", "naive", ">= 80"),
    ("post_vs_envoy", "POST", "envoy", ">= 1.0"),
)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often and how long."""

    rounds: int
    seconds: float


Loads: TypeAlias = dict[tuple[str, str], list[Load]]


def main(arguments: list[str]) -> int:
    """Measure; 0, or 4 when what makes the load cannot be had."""
    parser = argparse.ArgumentParser(description="Time the gateway beside other proxies.")
    parser.add_argument("--quick", action="store_true", help="three short rounds, at most five minutes")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    try:
        found = _measure(Pace(3, 2) if options.quick else Pace(5, 8))
    except PeerUnavailableError as error:
        _note(f"skipped: {error}")
        return 4
    print(as_json(found) if options.json else "\n".join(metric.line() for metric in found))
    return 0


def _measure(pace: Pace) -> list[Metric]:
    wrk.program()
    _note(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} at the start")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        rivals = Rivals(stack, folder, interpreter(lambda why: _note(f"left out: {why}")))
        upstream = rivals.upstream()
        ours = rivals.ours("ours", upstream, _ROUTES)
        sources = rivals.ours("sources", upstream, _ROUTES, sys.executable).server
        servers = [ours.server, sources, *rivals.others(upstream, lambda why: _note(f"left out: {why}"))]
        for server in servers:
            _check(server)
        loads = _loads(servers, folder, pace)
        _table(loads)
        found = [*_ratios(loads), _processor(loads)]
        envoy = next((server for server in servers if server.name == "envoy"), None)
        if envoy is not None:
            found.append(_p99(ours.server, envoy, _rate(loads["envoy", "GET"]) * 0.7, pace))
        found.append(_routes(rivals, upstream, folder, pace))
        found.append(_reloaded(ours, upstream, folder, pace))
        found.append(_memory(rivals))
        return found


def _check(server: Server) -> None:
    """RuntimeError when a proxy answers by itself: fast, and not what is measured."""
    deadline = time.monotonic() + _ROUTES_WITHIN_S
    while (fault := _fault(server)) is not None:
        # Some listen before they have read their routes.
        if time.monotonic() > deadline:
            raise RuntimeError(f"{server.name} does not relay: {fault}")
        time.sleep(0.1)


def _fault(server: Server) -> str | None:
    answer = httpx.get(f"http://127.0.0.1:{server.port}{big_body.PATH}", headers={"Host": "shop.example"})
    if answer.status_code == 200 and len(answer.content) == BODY:
        return None
    return f"status {answer.status_code}, {len(answer.content)} bytes"


def _loads(servers: list[Server], folder: Path, pace: Pace) -> Loads:
    loads: Loads = {}
    scripts = {method: wrk.script(folder, method, _ROUTES) for method in ("GET", "POST")}
    for number in range(pace.rounds):
        for method, requests in scripts.items():
            # Another one first each time: who comes behind a slow one finds its core warm with the work of that.
            first = number % len(servers)
            for server in (*servers[first:], *servers[:first]):
                time.sleep(_SETTLE_S)
                load = wrk.load(server, requests, pace.seconds, LOAD_CORE)
                loads.setdefault((server.name, method), []).append(load)
        _note(f"round {number + 1} of {pace.rounds}")
    return loads


def _table(loads: Loads) -> None:
    _note(f"{'':8} {'':5} {'req/s':>8} {'CPU us':>8} {'busy':>6} {'failed':>7}  (medians; failed: all)")
    for (name, method), each in loads.items():
        cpu, busy = (statistics.median(values) for values in ([x.cpu_us for x in each], [x.busy for x in each]))
        failed = sum(load.failed for load in each)
        _note(f"{name:8} {method:5} {_rate(each):8.0f} {cpu:8.1f} {busy:6.0%} {failed:7}")


def _ratios(loads: Loads) -> Iterator[Metric]:
    for name, method, peer, target in _RATIOS:
        if (peer, method) in loads:
            ours, other = ([load.per_second for load in loads[each, method]] for each in ("ours", peer))
            yield Metric(name, peer, target, "req/s", ours, other)


def _processor(loads: Loads) -> Metric:
    peer = [load.cpu_us for load in loads.get(("envoy", "GET"), ())]
    ours = [load.cpu_us for load in loads["ours", "GET"]]
    return Metric("cpu_us_per_request", "envoy", "printed", "us", ours, peer or None)


def _p99(ours: Server, envoy: Server, rate: float, pace: Pace) -> Metric:
    _note(f"p99 with {rate:.0f} requests a second")
    metric = Metric("p99_vs_envoy", "envoy", "<= 1.0", "ms")
    for seed in range(pace.rounds):
        metric.add(*(_open_loop(server, rate, pace.seconds, seed) for server in (ours, envoy)))
    return metric


def _open_loop(server: Server, rate: float, seconds: float, seed: int) -> float:
    command = [sys.executable, "-m", "benchmarks.open_loop", str(server.port), str(rate), str(seconds), str(seed)]
    outcome = subprocess.run(
        pinned(command, LOAD_CORE), check=True, capture_output=True, text=True, timeout=seconds + 60
    )
    return float(outcome.stdout)


def _routes(rivals: Rivals, upstream: Upstream, folder: Path, pace: Pace) -> Metric:
    metric = Metric("routes_5000_vs_10", "10 routes", "<= 1.05", "us")
    many, few = (rivals.ours(f"ours-{count}", upstream, count).server for count in (5000, 10))
    # Both are asked for the same ten routes, so that nothing but the size of the table is different.
    requests = wrk.script(folder, "GET", 10)
    for _ in range(pace.rounds):
        metric.add(*(wrk.load(each, requests, pace.seconds, LOAD_CORE).cpu_us for each in (many, few)))
    return metric


def _reloaded(ours: Gateway, upstream: Upstream, folder: Path, pace: Pace) -> Metric:
    metric = Metric("reload_failed", "", "0", "requests")
    changes = 0
    token = Secret(TOKEN)
    with AdminClient(Address("127.0.0.1", ours.admin), token) as admin, ThreadPoolExecutor(1) as pool:
        asked = pool.submit(wrk.load, ours.server, wrk.script(folder, "GET", _ROUTES), pace.seconds * 3, LOAD_CORE)
        while not asked.done():
            changes += 1
            admin.shift("reviews", (changes * 10) % 60)
            write_plan(ours.config, upstream, ours.server.port, ours.admin, _ROUTES + changes % 2)
            os.kill(ours.server.process, signal.SIGHUP)
            time.sleep(0.3)
        load = asked.result()
    _note(f"{changes} shifts and as many reloads, {load.requests} requests")
    metric.add(load.failed)
    return metric


def _memory(rivals: Rivals) -> Metric:
    metric = Metric("big_body_memory_mb", "", "<= 8", "MB")
    application = rivals.application()
    server = rivals.ours("ours-big", Upstream(application.port, application.port), _ROUTES).server
    idle = server.resident()
    server.forget_peak()
    big_body.transfer(server.port)
    metric.add((server.peak() - idle) / 1e6)
    return metric


def _rate(loads: Iterable[Load]) -> float:
    return statistics.median(load.per_second for load in loads)


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
