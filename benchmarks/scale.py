"""How far the engines go: Envoy as the gateway tells it, beside Envoy as somebody would by hand; the copy on Dask.

    python -m benchmarks.scale [--quick] [--json] [--only envoy|dask] [--rows N]

Both Envoys (`benchmarks.envoys`) have one worker on a core of its own; wrk and the upstream have the other core. What
each part of ours costs, `benchmarks.envoy_instructions` counts; what the copy is beside, `benchmarks.scale_etl` says.

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

from benchmarks import scale_etl, wrk
from benchmarks.envoys import ROUTES, Prepared, by_hand, ours
from benchmarks.gateway_rivals import LOAD_CORE, PROXY_CORE, Rivals
from benchmarks.metric import Metric, as_json
from benchmarks.peers import PeerUnavailableError
from benchmarks.pinned_server import Server, running
from strangler.model.errors import MissingExtraError, UnavailableError


def main(arguments: list[str]) -> int:
    """Measure; 0, or 4 when something cannot be had."""
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
                pair = [
                    _started(round_, "ours", place, ours(place / "ours", upstream)),
                    _started(round_, "hand", place, by_hand(place / "hand", upstream)),
                ]
                loads: dict[str, wrk.Load] = {}
                for server in pair if number % 2 else reversed(pair):
                    wrk.load(server, requests, 1.0, LOAD_CORE)
                    loads[server.name] = wrk.load(server, requests, seconds, LOAD_CORE)
            rate.add(loads["ours"].per_second, loads["hand"].per_second)
            cpu.add(loads["ours"].cpu_us, loads["hand"].cpu_us)
            failed.add(sum(load.failed for load in loads.values()))
        return [rate, cpu, failed]


def _started(stack: ExitStack, name: str, folder: Path, prepared: Prepared) -> Server:
    log = folder / f"{name}.log"
    server = stack.enter_context(running(prepared.command, prepared.port, PROXY_CORE, log, {}))
    time.sleep(0.5)
    return server


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
