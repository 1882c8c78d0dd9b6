"""The load against a small server: its rate, its clock, its ledger, and what it counts as failed."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import TextIO

import pytest

from strangler.demo.expectation import Expectation, expectation_of
from strangler.demo.load import backlog, generator
from strangler.demo.load.generator import Clocks, LoadGenerator, Rates, arrivals
from strangler.demo.load.ledger import LedgerWriter, Outcome, read_ledger
from strangler.demo.load.measure import Kind, Summary
from strangler.demo.load.shop_api import explore
from strangler.demo.load.traffic import Traffic
from strangler.demo.load.wire import NoAnswerError, NotSentError, Request, WireClient
from strangler.demo.processes import free_port
from tests.demo.load.fake_shop import HANG_UP, Answer, FakeShop, Rule, fake_shop
from tests.loop_clock import loop_clock

SECONDS = 0.5
RATES = Rates(reads=200, writes=200)
Meanwhile = Callable[[FakeShop], Awaitable[None]]


@dataclass(slots=True)
class SteadyClock:
    """Time in which a machine that stands still takes 10 ms at most: what is due comes bit by bit after that, too."""

    passed: float = 0.0
    looked: float = field(default_factory=time.monotonic)

    def monotonic(self) -> float:
        """Return the time in seconds."""
        now = time.monotonic()
        self.passed += min(now - self.looked, 0.01)
        self.looked = now
        return self.passed


async def leave_alone(shop: FakeShop) -> None:
    """Do nothing while the load runs."""


async def run_load(ledger: TextIO, rule: Rule | None, meanwhile: Meanwhile, seed: int) -> tuple[Summary, FakeShop]:
    """Run the load for half a second."""
    async with fake_shop() as shop:
        client = WireClient("127.0.0.1", shop.port)
        traffic = Traffic(await explore(client, 5), seed, "run", probe_share=1.0)
        shop.rule = rule
        clocks = Clocks(SteadyClock().monotonic, time.time)
        generator = LoadGenerator(client, traffic, LedgerWriter(ledger), RATES, clocks)
        await asyncio.gather(generator.run(asyncio.Event(), SECONDS), meanwhile(shop))
        client.close()
        return generator.summary(), shop


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., tuple[Summary, FakeShop, Expectation]]:
    """Run the load and return its summary, the shop, and what its ledger says."""

    def load(
        rule: Rule | None = None, meanwhile: Meanwhile = leave_alone, seed: int = 7
    ) -> tuple[Summary, FakeShop, Expectation]:
        path = tmp_path / "ledger.jsonl"
        with path.open("w", buffering=1) as file:
            summary, shop = asyncio.run(run_load(file, rule, meanwhile, seed))
        return summary, shop, expectation_of(read_ledger(path))

    return load


Load = Callable[..., tuple[Summary, FakeShop, Expectation]]


def test_arrivals_follow_the_rates_and_nothing_else() -> None:
    """Reads and writes are evenly spaced, and do not begin at the same instant."""
    due = list(takewhile(lambda arrival: arrival[0] < 1, arrivals(Rates(reads=300, writes=100))))
    assert Counter(kind for _, kind in due) == {Kind.READ: 300, Kind.WRITE: 100}
    assert [offset for offset, _ in due] == sorted(offset for offset, _ in due)
    assert [kind for _, kind in due[:4]] == [Kind.READ, Kind.READ, Kind.WRITE, Kind.READ]


def test_all_that_was_acknowledged_is_in_the_ledger(load: Load) -> None:
    """The ledger and the server agree on texts, deletions and votes."""
    summary, shop, expectation = load()
    assert (summary.failed, summary.failures) == (0, {})
    assert summary.offered == summary.reads.sent + summary.writes.sent == 200
    assert summary.probes.sent > 20
    assert expectation.acknowledged == summary.acknowledged == 100
    for history in expectation.reviews.values():
        assert history.number is not None
        review = shop.reviews[history.number]
        assert history.texts_lost(str(review["text"])) == 0
        assert history.deleted == {bool(review.get("deleted"))}
    for (number, customer), votes in expectation.votes.items():
        assert votes.allowed == {shop.votes.get((number, f"demo-token-{customer}"))}


def test_the_same_seed_writes_the_same(load: Load) -> None:
    """As far as the order of answers allows: the first write of all is the same."""
    first, second = (load(seed=1)[2].reviews["run-1"].texts for _ in range(2))
    assert first[0] == second[0]


def test_a_pause_of_the_server_is_seen_by_every_request_due_in_it(load: Load) -> None:
    """The rate is kept while nothing is answered, and latencies count from when requests were due."""

    async def pause(shop: FakeShop) -> None:
        shop.open.clear()
        shop.enough = len(shop.requests) + 120
        await shop.has_enough.wait()
        shop.open.set()

    summary, _, _ = load(meanwhile=pause)
    assert summary.failed == 0
    assert summary.offered == 200
    assert summary.writes.longest > 150
    assert summary.reads.p50 > 20


async def overload(ledger: Path) -> tuple[Summary, int]:
    """Offer 200 requests to a shop that answers when the last of them is due; how many of them came to it, too."""
    async with fake_shop() as shop:
        client = WireClient("127.0.0.1", shop.port)
        traffic = Traffic(await explore(client, 5), 7, "run", probe_share=0.0)
        clocks = Clocks(asyncio.get_running_loop().time, time.time)
        before = len(shop.requests)
        with ledger.open("w", buffering=1) as file:
            load = LoadGenerator(client, traffic, LedgerWriter(file), RATES, clocks)
            shop.open.clear()
            run = asyncio.create_task(load.run(asyncio.Event(), SECONDS))
            while load.summary().offered < 200:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0)
            shop.open.set()
            await run
        client.close()
        return load.summary(), len(shop.requests) - before


def test_what_waits_for_a_connection_when_the_load_ends_is_not_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that is too slow for the rate leaves a queue that takes longer than anybody waits for the end."""
    monkeypatch.setattr(generator, "CONNECTIONS", 2)
    path = tmp_path / "ledger.jsonl"
    summary, came = asyncio.run(overload(path))
    assert (came, summary.sent, summary.unsent, summary.failed) == (2, 2, 198, 0)
    refused = [entry for entry in read_ledger(path) if entry.outcome is Outcome.REFUSED]
    assert len(refused) == 100 - summary.writes.sent


def test_nobody_stands_in_a_line_that_takes_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that became busy after its trial had 23,364 requests waiting, until they were given up after 30 s."""
    monkeypatch.setattr(backlog, "SECONDS", 0.1)
    monkeypatch.setattr(backlog, "FEWEST", 4)
    path = tmp_path / "ledger.jsonl"
    summary, came = asyncio.run(overload(path))
    assert 4 <= came == summary.sent <= 40  # As many as are due in a tenth of a second, at most.
    assert (summary.offered, summary.unsent, summary.failed) == (200, 200 - came, 0)


def test_errors_of_the_server_are_failures_of_unknown_outcome(load: Load) -> None:
    """After a 5xx nobody knows whether the write was made; its review is left alone from then on."""

    def broken(request: str) -> Answer | None:
        return (502, {}) if request.startswith("PATCH") else None

    summary, _, expectation = load(rule=broken)
    edits = summary.unknown
    assert edits > 0
    assert summary.failures == {"write: status 502": edits}
    unknown = [history for history in expectation.reviews.values() if len(history.texts) > 1]
    assert len(unknown) == edits
    assert all(history.texts[1][1] is Outcome.UNKNOWN and len(history.texts) == 2 for history in unknown)


def test_a_connection_that_is_closed_without_an_answer_is_a_failure(load: Load) -> None:
    """Reads and writes are not repeated: the client would not know what the first try did."""

    def deaf(request: str) -> Answer | None:
        return HANG_UP if request.startswith("DELETE") else None

    summary, _, _ = load(rule=deaf)
    assert summary.unknown > 0
    assert summary.failures == {"write: connection closed": summary.unknown}


def test_a_refused_write_is_a_failure_and_known_not_to_be_made(load: Load) -> None:
    """The load asks for nothing that should be refused."""

    def strict(request: str) -> Answer | None:
        return (403, {}) if request.startswith("POST") and request.endswith("/votes") else None

    summary, _, expectation = load(rule=strict)
    assert summary.refused > 0
    assert summary.failures == {"write: status 403": summary.refused}
    assert {votes.allowed for votes in expectation.votes.values()} == {None}


def test_an_own_write_that_is_not_visible_at_once_is_a_failure(load: Load) -> None:
    """A stale replica answers 200 with the text from before."""

    def stale(request: str) -> Answer | None:
        if request.startswith("GET /api/reviews/"):
            return 200, {"id": 1, "customer_id": 1, "text": "stale", "helpful_count": 99}
        return None

    summary, _, _ = load(rule=stale)
    assert summary.failures["probe: own write not visible"] > 0
    assert summary.failures["probe: own vote not visible"] > 0


def test_a_server_that_is_not_there_refuses_everything() -> None:
    """Nothing was sent, so nothing was written."""

    async def ask() -> None:
        await WireClient("127.0.0.1", free_port()).send(Request("GET", "/"))

    with pytest.raises(NotSentError):
        asyncio.run(ask())


def test_a_server_that_does_not_answer_in_time_leaves_the_outcome_open() -> None:
    """The request was written."""

    async def ask() -> None:
        async with fake_shop() as shop:
            shop.open.clear()
            shop.enough = 1
            sent = asyncio.create_task(WireClient("127.0.0.1", shop.port).send(Request("GET", "/")))
            await shop.has_enough.wait()
            with loop_clock() as clock:
                await clock.forward(30)
            try:
                await sent
            finally:
                shop.open.set()

    with pytest.raises(NoAnswerError, match="no answer within 30 s"):
        asyncio.run(ask())


def test_connections_are_used_again() -> None:
    """One request after the other needs one connection."""

    async def ask() -> int:
        async with fake_shop() as shop:
            client = WireClient("127.0.0.1", shop.port)
            for _ in range(5):
                await client.send(Request("GET", "/"))
            client.close()
            return shop.connections

    assert asyncio.run(ask()) == 1
