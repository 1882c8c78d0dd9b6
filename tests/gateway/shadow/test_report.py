"""What several gateways have found is one report."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strangler_gateway.admin.client import AdminClient
from strangler_gateway.shadow.comparer import Difference
from strangler_gateway.shadow.counts import ShadowCounts
from strangler_gateway.shadow.ledger import Ledger, Summary, total
from strangler_gateway.shadow.report import Diffs, RouteDiffs, merged
from tests.gateway.running import TOKEN
from tests.gateway.shadow.shadowed import ROUTE, Application, always, compared, shadowing_gateway
from tests.gateway.shadow.test_ledger import AT, PRICE, STATUS

found = st.lists(st.sampled_from([AT, PRICE, STATUS]), unique=True).map(tuple)
pairs = st.lists(found, max_size=8)


def summary_of(compared: list[tuple[Difference, ...]], repeated: list[tuple[Difference, ...]]) -> Summary:
    """Return what one gateway knows."""
    ledger = Ledger()
    for one in compared:
        ledger.compared(one)
    for one in repeated:
        ledger.repeated(one)
    return ledger.summary()


@given(pairs, pairs, pairs, pairs)
def test_two_gateways_know_what_one_would(
    first: list[tuple[Difference, ...]],
    second: list[tuple[Difference, ...]],
    noise: list[tuple[Difference, ...]],
    further: list[tuple[Difference, ...]],
) -> None:
    """Also which differences the noise explains that only the other one has seen."""
    parts = total([summary_of(first, noise), summary_of(second, further)])
    whole = summary_of([*first, *second], [*noise, *further])
    for name in ("compared", "equal", "explained", "unexplained", "unexplained_rate", "noise_pairs", "noise"):
        assert getattr(parts, name) == getattr(whole, name)
    counted = {pattern.places: (pattern.unexplained, pattern.pairs) for pattern in parts.patterns}
    assert counted == {pattern.places: (pattern.unexplained, pattern.pairs) for pattern in whole.patterns}


def test_counts_are_added_up_by_route() -> None:
    """A route that only one gateway knows stands for itself."""
    one = RouteDiffs("reviews", 10, ShadowCounts(dropped=1, failed=2), summary_of([()], []), 2)
    other = RouteDiffs("reviews", 10, ShadowCounts(dropped=3), summary_of([(PRICE,)], []), 3)
    found = merged([Diffs({"GET /a": one}), Diffs({"GET /a": other, "GET /b": one})])
    assert (found.routes["GET /a"].unasked, found.routes["GET /b"].unasked) == (5, 2)
    assert found.routes["GET /a"].counts == ShadowCounts(dropped=4, failed=2)
    assert (found.routes["GET /a"].summary.compared, found.routes["GET /b"]) == (2, one)


def test_a_report_survives_the_wire() -> None:
    """Nothing of it is lost on the way to who asks."""
    report = Diffs({"GET /a": RouteDiffs("reviews", 10, ShadowCounts(), summary_of([(AT, PRICE)], [(AT,), (AT,)]))})
    assert msgspec.json.decode(msgspec.json.encode(report), type=Diffs) == report


@pytest.mark.anyio
async def test_the_admin_api_tells_the_differences() -> None:
    """With what both sides say, nothing of it secret."""
    v1 = Application(always({"price": 1, "api_token": "abc"}))
    v2 = Application(always({"price": 2, "api_token": "xyz"}))
    async with shadowing_gateway(v1, v2) as gateway:
        await gateway.get("/reviews?token=hunter2")
        await compared(gateway)
        with AdminClient(gateway.admin, TOKEN) as client:
            told = await asyncio.to_thread(client.diffs)
    (pattern,) = told.routes[ROUTE].summary.patterns
    said = {one.place.path: (one.v1, one.v2) for one in pattern.samples[0].differences}
    assert said == {"body /price": ("1", "2"), "body /api_token": ("***", "***")}
    assert b"hunter2" not in msgspec.json.encode(told)
