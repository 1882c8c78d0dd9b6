"""Sends the traffic at a fixed rate, whatever the server does.

The load is open: the schedule says when a request is due, and its latency counts from then. If a server stalls for a
second, every request that was due in that second shows it (Gil Tene, "How NOT to Measure Latency": no coordinated
omission). The only exception is a queue that takes seconds to answer (`strangler.demo.load.backlog`): requests behind
it are counted as never sent.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from itertools import count

from strangler.demo.load.backlog import Backlog
from strangler.demo.load.ledger import LedgerWriter, Outcome
from strangler.demo.load.measure import Kind, Measures, Pulse, Sample, Summary
from strangler.demo.load.shop_api import Verdict, judge
from strangler.demo.load.traffic import PlannedWrite, Read, Traffic
from strangler.demo.load.wire import NoAnswerError, NotSentError, Request, Response, WireClient

CONNECTIONS = 800


@dataclass(frozen=True, slots=True)
class Rates:
    """Requests per second."""

    reads: float = 300.0
    writes: float = 100.0


def mixed(rate: float) -> Rates:
    """Return the rates for `rate` requests a second, a quarter of them writes."""
    return Rates(reads=rate * 3 / 4, writes=rate / 4)


@dataclass(frozen=True, slots=True)
class Clocks:
    """`monotonic` times requests; `wall` dates the ledger."""

    monotonic: Callable[[], float]
    wall: Callable[[], float]


def arrivals(rates: Rates) -> Generator[tuple[float, Kind]]:
    """Yield, without end, when the next request is due, in seconds from the start, and its kind."""

    def every(rate: float, phase: float, kind: Kind) -> Generator[tuple[float, Kind]]:
        if rate > 0:
            yield from (((number + phase) / rate, kind) for number in count())

    yield from heapq.merge(every(rates.reads, 0.0, Kind.READ), every(rates.writes, 0.5, Kind.WRITE))


class LoadGenerator:
    """One run of the load against one server."""

    def __init__(
        self, client: WireClient, traffic: Traffic, ledger: LedgerWriter, rates: Rates, clocks: Clocks
    ) -> None:
        self._client = client
        self._traffic = traffic
        self._ledger = ledger
        self._rates = rates
        self._clocks = clocks
        self._slots = asyncio.Semaphore(CONNECTIONS)
        self._measures = Measures(clocks.monotonic())
        self._outcomes: Counter[str] = Counter()
        self._started_at = clocks.wall()
        self._ended = False

    async def run(self, stop: asyncio.Event, seconds: float | None) -> None:
        """Send until `stop` is set or `seconds` have passed; then wait for the outstanding answers."""
        begun = self._measures.begun = self._clocks.monotonic()
        self._started_at = self._clocks.wall()
        under_way: set[asyncio.Task[None]] = set()
        backlog = Backlog(self._rates.reads + self._rates.writes, begun)

        def ended(task: asyncio.Task[None]) -> None:
            under_way.discard(task)
            backlog.answered(self._clocks.monotonic())

        for offset, kind in arrivals(self._rates):
            if seconds is not None and offset >= seconds:
                break
            due = begun + offset
            if (wait := due - self._clocks.monotonic()) > 0:
                await asyncio.sleep(wait)
            if stop.is_set():
                break
            now = self._clocks.monotonic()
            self._measures.offer(due, now)
            if not backlog.admits(now):
                self._measures.unsent += 1
                continue
            task = asyncio.create_task(self._write(due) if kind is Kind.WRITE else self._read(due))
            under_way.add(task)
            task.add_done_callback(ended)
        self._ended = True
        await asyncio.gather(*under_way)

    def pulse(self) -> Pulse:
        """Return what happened since the last call, and the totals."""
        return self._measures.pulse(self._clocks.monotonic(), self._outcomes[Outcome.ACKNOWLEDGED])

    @property
    def samples(self) -> Sequence[Sample]:
        """Every finished request, in the order in which they finished."""
        return self._measures.samples

    def summary(self) -> Summary:
        """Return the figures of the run."""
        return self._measures.summary(self._clocks.monotonic(), self._started_at, self._outcomes)

    async def _read(self, due: float) -> None:
        await self._fetch(Kind.READ, due, self._traffic.next_read(due))

    async def _fetch(self, kind: Kind, due: float, read: Read) -> None:
        try:
            response = await self._send(read.request)
        except (NotSentError, NoAnswerError) as error:
            failure = str(error)
        else:
            if response is None:
                return
            failure = read.check(response)
        self._measures.count(kind, due, self._clocks.monotonic(), failure)

    async def _write(self, due: float) -> None:
        planned = self._traffic.next_write()
        write_id = self._ledger.intend(planned.write, self._clocks.wall())
        verdict = await self._ask(planned)
        if verdict is None:
            self._ledger.settle(write_id, self._clocks.wall(), Outcome.REFUSED, None)
            return
        now = self._clocks.monotonic()
        self._measures.count(Kind.WRITE, due, now, verdict.failure)
        self._ledger.settle(write_id, self._clocks.wall(), verdict.outcome, verdict.number)
        self._outcomes[verdict.outcome] += 1
        if probe := self._traffic.probe(planned, verdict):
            await self._fetch(Kind.PROBE, now, probe)
        self._traffic.settle(planned, verdict, now)

    async def _ask(self, planned: PlannedWrite) -> Verdict | None:
        try:
            response = await self._send(planned.request)
        except NotSentError as error:
            return Verdict(Outcome.REFUSED, f"not sent: {error}")
        except NoAnswerError as error:
            return Verdict(Outcome.UNKNOWN, str(error))
        return judge(planned.write, response) if response is not None else None

    async def _send(self, request: Request) -> Response | None:
        """Send a request once a connection is free; None if the load ended before that."""
        waits = self._slots.locked()
        async with self._slots:
            if waits and self._ended:
                self._measures.unsent += 1
                return None
            return await self._client.send(request)
