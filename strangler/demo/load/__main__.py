"""The load as a process of its own: ``python -m strangler.demo.load --url URL --folder FOLDER``.

It writes to FOLDER ``ledger.jsonl``, ``pulse.json`` (every half second, from the first request on) and, at the end,
``samples.json`` (each request) and ``summary.json``. SIGTERM and SIGINT end it after the answers to requests under way
have arrived.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from strangler.demo.load.generator import Clocks, LoadGenerator, Rates
from strangler.demo.load.ledger import LedgerWriter
from strangler.demo.load.shop_api import explore
from strangler.demo.load.traffic import Traffic
from strangler.demo.load.wire import WireClient
from strangler.store import write_atomic
from strangler_gateway.process.open_files import allow_many

PULSE_SECONDS = 0.5
LEDGER = "ledger.jsonl"
PULSE = "pulse.json"
SAMPLES = "samples.json"
SUMMARY = "summary.json"


def main(arguments: Sequence[str]) -> None:
    """Run the load."""
    options = _parser().parse_args(arguments)
    allow_many()
    gc.freeze()
    if sys.platform == "win32":
        asyncio.run(_run(options))
    else:
        import uvloop  # noqa: PLC0415 - not available on Windows

        uvloop.run(_run(options))


async def _run(options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    folder: Path = options.folder
    url: str = options.url
    address = urlsplit(url)
    client = WireClient(address.hostname or "127.0.0.1", address.port or 80)
    catalogue = await explore(client, options.customers)
    traffic = Traffic(catalogue, options.seed, options.run, options.probes)
    rates = Rates(options.reads, options.writes)
    clocks = Clocks(loop.time, time.time)
    with (folder / LEDGER).open("w", buffering=1, encoding="utf-8") as file:
        generator = LoadGenerator(client, traffic, LedgerWriter(file), rates, clocks)
        pulse = asyncio.create_task(_pulse(generator, folder / PULSE))
        await generator.run(stop, options.seconds)
        pulse.cancel()
    client.close()
    write_atomic(folder / SAMPLES, msgspec.json.encode(generator.samples))
    write_atomic(folder / SUMMARY, msgspec.json.encode(generator.summary()))


async def _pulse(generator: LoadGenerator, path: Path) -> None:
    while True:
        await asyncio.sleep(PULSE_SECONDS)
        part = path.with_suffix(".part")  # replaced without fsync, which would delay the load
        part.write_bytes(msgspec.json.encode(generator.pulse()))
        part.replace(path)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m strangler.demo.load", description=__doc__)
    parser.add_argument("--url", required=True, help="the server to load, http://HOST:PORT")
    parser.add_argument("--folder", type=Path, required=True, help="where the results go")
    parser.add_argument("--seconds", type=float, help="how long; until SIGTERM when it is missing")
    parser.add_argument("--reads", type=float, default=300.0, help="reads per second")
    parser.add_argument("--writes", type=float, default=100.0, help="writes per second")
    parser.add_argument("--probes", type=float, default=0.2, help="share of writes read back at once")
    parser.add_argument("--customers", type=int, default=40, help="how many customers' tokens")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--run", default="load", help="what every marker begins with")
    return parser


if __name__ == "__main__":
    main(sys.argv[1:])
