"""Compares answers without keeping the event loop for long."""

from __future__ import annotations

import asyncio

from strangler_gateway.shadow.answer import Answer
from strangler_gateway.shadow.comparer import Difference, Rules, differences

SMALL = 8 * 1024
"""Bytes of both bodies together up to which a comparison takes less than handing it over would."""


async def judged(v1: Answer, v2: Answer, rules: Rules) -> tuple[Difference, ...]:
    """Return in what two answers differ."""
    if len(v1.body) + len(v2.body) <= SMALL or v1.body == v2.body:
        return differences(v1, v2, rules)
    return await asyncio.to_thread(differences, v1, v2, rules)
