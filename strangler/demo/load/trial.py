"""How many reads a server answers when it is asked without pause: ``python -m strangler.demo.load.trial --url URL``.

A load that is offered whether or not it is answered shows a machine that is too slow for it, not a move. So a short
trial comes before it, which writes nothing, and the load is a share of what was answered.
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
"""Requests a second: as many as a small shop has at its best, and as two free cores carry beside the move."""
FEWEST = 8.0
"""Requests a second below which a move of seconds meets too few of them to show anything."""
SHARE = 0.4
"""Of the reads answered without pause: writes take longer; a copy, a comparison and a second application run beside."""


def rates_for(answered: float) -> Rates:
    """Return the load for a server that answers so many reads a second: a share of them, a quarter of it writes.

    >>> rates_for(200.0)
    Rates(reads=60.0, writes=20.0)
    """
    return mixed(min(MOST, max(FEWEST, round(answered * SHARE))))


async def answered_per_second(
    client: WireClient, traffic: Traffic, seconds: float, clock: Callable[[], float]
) -> float:
    """Read over `CONNECTIONS` connections at once for some seconds, each as soon as the last was answered.

    Returns answers per second; one that failed is none.
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
                # As long as the server can not be reached nothing is answered; asking without pause would not help it.
                await asyncio.sleep(seconds / 10)
            else:
                answered += read.check(response) is None

    await asyncio.gather(*(ask() for _ in range(CONNECTIONS)))
    return answered / (clock() - begun)


def main(arguments: Sequence[str]) -> None:
    """Print how many reads a second were answered."""
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
