"""Comparisons beside the event loop."""

from __future__ import annotations

import asyncio
import json

import pytest

from strangler_gateway.shadow.answer import Answer
from strangler_gateway.shadow.comparer import Rules, differences
from strangler_gateway.shadow.judging import SMALL, Judge, NoVerdictError
from strangler_gateway.shadow.masks import Masks

pytestmark = pytest.mark.anyio

HEADERS = [(b"Content-Type", b"application/json"), (b"X-Bytes", b"\xff")]
RULES = Rules(ignored=("body /*/ignored",), masks=Masks(names=frozenset(("nick",))))


def large(price: int) -> Answer:
    """Return an answer that is too large to be compared in the event loop."""
    items = [{"id": number, "price": price, "nick": str(price), "ignored": price} for number in range(SMALL // 20)]
    return Answer(200, HEADERS, json.dumps(items).encode())


async def test_large_answers_are_compared_like_small_ones() -> None:
    """Rules and masks hold in the other process too."""
    judge = Judge()
    try:
        assert await judge.differences(large(1), large(2), RULES) == differences(large(1), large(2), RULES)
        assert await judge.differences(large(1), Answer(404, [], b""), RULES) != ()
        assert await judge.differences(large(1), large(1), RULES) == ()
    finally:
        await judge.close()


async def test_a_comparison_that_is_given_up_does_not_answer_the_next_one() -> None:
    """Whoever is cancelled leaves nothing behind in the pipe."""
    judge = Judge()
    given_up = asyncio.create_task(judge.differences(large(1), large(2), RULES))
    await asyncio.sleep(0)
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    try:
        found = await judge.differences(large(3), large(4), RULES)
    finally:
        await judge.close()
    assert {(one.v1, one.v2) for one in found} == {("3", "4"), ("***", "***")}


async def test_a_process_that_is_killed_is_replaced() -> None:
    """The comparison under way is lost and says so; the next one is done."""
    judge = Judge()
    try:
        await judge.differences(large(1), large(2), RULES)
        process = judge.process
        assert process is not None
        process.kill()
        try:
            await judge.differences(large(1), large(2), RULES)
        except NoVerdictError:
            assert await judge.differences(large(1), large(2), RULES)
        assert judge.process is not process
    finally:
        await judge.close()
