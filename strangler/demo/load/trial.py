"""Measures how many reads a server answers at full load: ``python -m strangler.demo.load.trial --url URL``.

A load that exceeds what the machine can answer would show a slow machine, not a move. So a short trial, which writes
nothing, comes first, and the load is a share of what it achieved.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from strangler.demo.load.generator import Rates, mixed
from strangler.demo.load.shop_api import explore
from strangler.demo.load.traffic import Traffic
from strangler.demo.load.wire import NoAnswerError, NotSentError, WireClient

CONNECTIONS = 16
SECONDS = 3.0
MOST = 400.0
"""In requests per second: the most a small shop ever has, and what two free cores carry besides the move."""
FEWEST = 8.0
"""In requests per second; with fewer, a move of a few seconds would meet too few requests to show anything."""
SHARE = 0.4
"""The share of the trial's reads: writes take longer, and a copy, a comparison and a second application run as well."""


def rates_for(answered: float) -> Rates:
    """Return the load for a server that answers so many reads a second: a share of them, with a quarter of writes.

    >>> rates_for(200.0)
    Rates(reads=60.0, writes=20.0)
    """
    return mixed(min(MOST, max(FEWEST, round(answered * SHARE))))


async def answered_per_second(
    client: WireClient, traffic: Traffic, seconds: float, clock: Callable[[], float]
) -> float:
    """Read over `CONNECTIONS` connections for some seconds; each asks again as soon as it is answered.

    Returns answers per second; failed requests do not count.
    """
    begun = clock()
    answered = 0

    async def ask() -> None:
        nonlocal answered
        while (now := clock()) - begun < seconds:
            read = traffic.next_read(now)
            try:
                response = await client.send(read.request)
            except (NotSentError, NoAnswerError):
                # While the server cannot be reached, nothing is answered, and asking without pause would not help.
                await asyncio.sleep(seconds / 10)
            else:
                answered += read.check(response) is None

    await asyncio.gather(*(ask() for _ in range(CONNECTIONS)))
    return answered / (clock() - begun)


def main(arguments: Sequence[str]) -> None:
    """Print the number of reads answered per second."""
    parser = argparse.ArgumentParser(prog="python -m strangler.demo.load.trial", description=__doc__)
    parser.add_argument("--url", required=True, help="the server to ask, http://HOST:PORT")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long")
    parser.add_argument("--customers", type=int, default=40, help="how many customers' tokens")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args(arguments)
    answered = asyncio.run(_run(options.url, options.seconds, options.customers, options.seed))
    sys.stdout.write(f"{answered}\n")


async def _run(url: str, seconds: float, customers: int, seed: int) -> float:
    address = urlsplit(url)
    client = WireClient(address.hostname or "127.0.0.1", address.port or 80)
    traffic = Traffic(await explore(client, customers), seed, "trial")
    try:
        return await answered_per_second(client, traffic, seconds, asyncio.get_running_loop().time)
    finally:
        client.close()


if __name__ == "__main__":
    main(sys.argv[1:])
