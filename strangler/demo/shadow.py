"""Shadow reads: the same requests to both sides, and whether both give the same answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import median

import httpx

from strangler.model.authority import Side
from strangler.model.errors import UnavailableError

SIDE_HEADER = "X-Strangler-Side"
READERS = 8
ATTEMPTS = 6
PAUSE_SECONDS = 0.2
ANSWER_SECONDS = 30.0
SECONDS = 12.0
"""For how long new URLs are asked for: a machine that is busy compares fewer."""
WATCH_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Answer:
    """What is compared of an answer: the status and the JSON value of the body."""

    status: int
    content: object


@dataclass(frozen=True, slots=True)
class Difference:
    """A URL on which the sides disagree, and went on to."""

    target: str
    v1: Answer
    v2: Answer


@dataclass(frozen=True, slots=True)
class ShadowReport:
    """The result; times are medians in milliseconds, `repeated` counts URLs that agreed only when asked again."""

    compared: int
    repeated: int
    differences: tuple[Difference, ...]
    v1_median: float
    v2_median: float


class ShadowReader:
    """Asks one gateway for either side; may be used by several threads."""

    def __init__(self, url: str, token: str) -> None:
        self._client = httpx.Client(
            base_url=url, headers={"Authorization": f"Token {token}"}, timeout=ANSWER_SECONDS, trust_env=False
        )
        self.seconds: dict[Side, list[float]] = {Side.V1: [], Side.V2: []}

    def answer(self, target: str, side: Side) -> Answer:
        """Ask one side."""
        begun = time.monotonic()
        try:
            response = self._client.get(target, headers={SIDE_HEADER: side.value})
        except httpx.HTTPError as error:
            raise UnavailableError(f"GET {target} was not answered by {side}: {error}") from error
        self.seconds[side].append(time.monotonic() - begun)
        try:
            return Answer(response.status_code, response.json())
        except ValueError:
            return Answer(response.status_code, response.text)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def compare(
    targets: Sequence[str], reader: ShadowReader, watch: Callable[[float], None], seconds: float = SECONDS
) -> ShadowReport:
    """Compare the targets on both sides, as many as can be begun in `seconds`; `watch` is called while they are asked.

    Writes go on meanwhile, so a difference counts when it stays.
    """
    deadline = time.monotonic() + seconds
    pool = ThreadPoolExecutor(READERS, "shadow-reader")
    try:
        asked = [pool.submit(_compare, reader, target, deadline) for target in targets]
        while not all(one.done() for one in asked):
            watch(WATCH_SECONDS)
    finally:
        pool.shutdown(cancel_futures=True)
    compared = [comparison for one in asked if (comparison := one.result()) is not None]
    return ShadowReport(
        compared=len(compared),
        repeated=sum(one.attempts > 1 for one in compared if one.difference is None),
        differences=tuple(one.difference for one in compared if one.difference is not None),
        v1_median=_milliseconds(reader.seconds[Side.V1]),
        v2_median=_milliseconds(reader.seconds[Side.V2]),
    )


def sample_targets(number: int) -> Sequence[str]:
    """Return `number` URLs of the feature that is moved: lists of every order, single reviews, one's own."""

    def targets() -> Iterator[str]:
        for index in range(number):
            product, page = 1 + index * 7 % 390, 1 + index % 3
            sort = ("newest", "helpful", "best", "worst")[index % 4]
            yield (
                f"/api/products/{product}/reviews?sort={sort}&page={page}",
                f"/api/reviews/{1 + index * 83 % 15_000}",
                f"/api/products/{product}/reviews?page_size=100",
                f"/api/me/reviews?page={page}",
            )[index % 4]

    return tuple(targets())


@dataclass(frozen=True, slots=True)
class _Comparison:
    attempts: int
    difference: Difference | None


def _compare(reader: ShadowReader, target: str, deadline: float) -> _Comparison | None:
    """Compare one URL; None when the time is over.

    v2 agrees when it answers like v1 did just before or just after it: between the two, somebody may have written.
    """
    if time.monotonic() > deadline:
        return None
    before = reader.answer(target, Side.V1)
    attempts = 0
    while True:
        attempts += 1
        v2 = reader.answer(target, Side.V2)
        if v2 == before:
            return _Comparison(attempts, None)
        after = reader.answer(target, Side.V1)
        if v2 == after:
            return _Comparison(attempts, None)
        if attempts == ATTEMPTS:
            return _Comparison(attempts, Difference(target, after, v2))
        before = after
        time.sleep(PAUSE_SECONDS)


def _milliseconds(seconds: Sequence[float]) -> float:
    return round(median(seconds) * 1000, 1) if seconds else 0.0
