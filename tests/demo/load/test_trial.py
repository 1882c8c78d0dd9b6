"""How fast the load may be on this machine."""

from __future__ import annotations

import asyncio

from strangler.demo.load.generator import Rates
from strangler.demo.load.shop_api import explore
from strangler.demo.load.traffic import Traffic
from strangler.demo.load.trial import CONNECTIONS, answered_per_second, rates_for
from strangler.demo.load.wire import WireClient
from tests.demo.load.fake_shop import HANG_UP, FakeShop, Rule, fake_shop

SECONDS = 0.2


def test_the_load_is_a_share_of_what_is_answered() -> None:
    """A copy, a comparison and a second application run beside it; a fast machine gets what the docs say."""
    assert rates_for(100.0) == Rates(reads=30.0, writes=10.0)
    assert rates_for(5_000.0) == Rates(reads=300.0, writes=100.0)
    assert rates_for(0.0) == Rates(reads=6.0, writes=2.0)


def test_a_trial_asks_over_several_connections_and_writes_nothing() -> None:
    """What is in the shop afterwards was in it before."""
    answered, shop = asyncio.run(_tried(None))
    asked = sum(path != "/api/whoami" for _, path in shop.requests)
    assert answered * SECONDS > asked / 2
    assert shop.connections <= CONNECTIONS
    assert {method for method, _ in shop.requests} == {"GET"}


def test_what_is_not_answered_well_is_not_counted() -> None:
    """A server in trouble is not taken for a fast one."""
    assert asyncio.run(_tried(lambda _: (503, {})))[0] == 0
    assert asyncio.run(_tried(lambda _: HANG_UP))[0] == 0


async def _tried(rule: Rule | None) -> tuple[float, FakeShop]:
    async with fake_shop() as shop:
        client = WireClient("127.0.0.1", shop.port)
        traffic = Traffic(await explore(client, 5), 7, "trial")
        shop.rule = rule
        answered = await answered_per_second(client, traffic, SECONDS, asyncio.get_running_loop().time)
        client.close()
        return answered, shop
