"""One comparison of a request's two responses, and the repetitions before they are declared different."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from strangler.model.authority import Side
from strangler_gateway.resilience.retry_budget import RetryBudget
from strangler_gateway.shadow.answer import Answer
from strangler_gateway.shadow.asking import BusyError, NoAnswerError
from strangler_gateway.shadow.comparer import Difference, Rules
from strangler_gateway.shadow.copy import Copy
from strangler_gateway.shadow.counts import ShadowCounts
from strangler_gateway.shadow.judging import NoVerdictError
from strangler_gateway.shadow.ledger import Ledger
from strangler_gateway.shadow.memory import Memory

PAUSES = (0.2, 0.5, 1.0, 2.0)
"""Seconds to wait before each repetition of a pair that differs: a write needs time to reach the other side."""
FIRST_NOISE_PAIRS = 20
"""The first pairs of a route all serve to learn its noise; after them only a share does."""
SAVED_UP = 100.0

Found = tuple[Difference, ...]
Ask = Callable[[Copy, Side], Awaitable[Answer]]
Judge = Callable[[Answer, Answer, Rules], Awaitable[Found]]


@dataclass(slots=True)
class RouteRecord:
    """What is known of one route; the budget `again` bounds how often v1 is asked again: once per copy on average."""

    counts: ShadowCounts = field(default_factory=ShadowCounts)
    ledger: Ledger = field(default_factory=Ledger)
    again: RetryBudget = field(default_factory=lambda: RetryBudget(1.0, SAVED_UP))


@dataclass(frozen=True, slots=True)
class Means:
    """What inquiries use: `ask` a side, `judge` two responses, and the `memory` that counts the bytes held."""

    ask: Ask
    judge: Judge
    memory: Memory


class Inquiry:
    """Asks the other side with a copy, and records the result.

    v2 agrees when its response equals one of v1 from just before or just after it, since there may have been a write in
    between. With `noise`, v1 is asked twice whatever v2 answers.
    """

    def __init__(self, copy: Copy, record: RouteRecord, means: Means, held: int, *, noise: bool) -> None:
        self.held = held
        self._copy = copy
        self._record = record
        self._memory = means.memory
        self._ask = means.ask
        self._judge = means.judge
        self._noise = noise and copy.reads
        self._round = 0
        self._before: Answer | None = None

    def dropped(self) -> None:
        """Count it as dropped."""
        self._record.counts.dropped += 1

    async def step(self) -> float | None:
        """Compare once, and return the seconds until the next comparison, None when this was the last."""
        try:
            return await (self._first() if self._before is None else self._again(self._before))
        except (BusyError, NoVerdictError):
            self._record.counts.dropped += 1
        except NoAnswerError:
            self._record.counts.failed += 1
        return None

    async def _first(self) -> float | None:
        copy = self._copy
        self._record.again.earn()
        other = await self._ask(copy, copy.other)
        v1, v2 = (copy.answered, other) if copy.side is Side.V1 else (other, copy.answered)
        found = await self._judge(v1, v2, copy.rules)
        after = await self._repeated(v1) if self._noise else None
        return self._end(found) if self._settled(found) or not copy.reads else await self._confirm(v2, after, found)

    async def _repeated(self, v1: Answer) -> Answer | None:
        """Ask v1 again, learn where it contradicts itself, and return its response; None when it is busy or silent."""
        try:
            after = await self._ask(self._copy, Side.V1)
        except (BusyError, NoAnswerError):
            return None
        self._record.ledger.repeated(await self._judge(v1, after, self._copy.rules))
        return after

    async def _again(self, before: Answer) -> float | None:
        v2 = await self._ask(self._copy, Side.V2)
        found = await self._judge(before, v2, self._copy.rules)
        return self._end(found) if self._settled(found) else await self._confirm(v2, None, found)

    async def _confirm(self, v2: Answer, after: Answer | None, found: Found) -> float | None:
        """Ask v1 once more before v2 is declared different; without budget for that, v2 is different."""
        if after is None:
            if not self._record.again.spend():
                return self._end(found)
            try:
                after = await self._ask(self._copy, Side.V1)
            except (BusyError, NoAnswerError):
                self._record.counts.unconfirmed += 1
                return None
        found = await self._judge(after, v2, self._copy.rules)
        if self._settled(found) or self._round == len(PAUSES) or not self._keep(after):
            return self._end(found)
        self._round += 1
        return PAUSES[self._round - 1]

    def _settled(self, found: Found) -> bool:
        return all(self._record.ledger.noisy(one.place) for one in found)

    def _keep(self, before: Answer) -> bool:
        """Keep a response of v1 in place of the one before, if there is memory for it; return whether there was."""
        more = len(before.body) - (len(self._before.body) if self._before is not None else 0)
        if not self._memory.take(more):
            return False
        self.held += more
        self._before = before
        return True

    def _end(self, found: Found) -> None:
        self._record.ledger.compared(found)
