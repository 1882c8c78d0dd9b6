"""Shadow reads: the gateway asks both sides while the feature that is moved is read in every possible way."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle

import httpx

from strangler.model.errors import UnavailableError
from strangler_gateway.shadow.comparer import DifferencePlace
from strangler_gateway.shadow.report import Diffs

PATHS = ("/api/products/{product_id}/reviews", "/api/reviews/{number}", "/api/me/reviews")
"""The routes that are shadowed: those that show reviews as data."""
SAMPLE = "30%"
ENOUGH = 200
"""The number of pairs after which the answers count as compared."""
SECONDS = 12.0
"""The longest time to read: a busy machine then compares fewer pairs."""
SETTLE_SECONDS = 10.0
"""How long the last differing pairs may take, until both sides have been asked again."""
QUIET_SECONDS = 2.5
"""Slightly more than the longest pause between two such repetitions."""
READERS = 4
ANSWER_SECONDS = 30.0
WATCH_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class ShadowReport:
    """What the gateway has compared; `places` are those where answers differ without an explanation."""

    compared: int = 0
    equal: int = 0
    explained: int = 0
    unexplained: int = 0
    unconfirmed: int = 0
    not_answered: int = 0
    places: tuple[str, ...] = ()


def report_of(diffs: Diffs) -> ShadowReport:
    """Sum the figures of all routes."""
    summaries = [route.summary for route in diffs.routes.values()]
    places = {place for summary in summaries for pattern in summary.patterns for place in pattern.unexplained}
    return ShadowReport(
        sum(summary.compared for summary in summaries),
        sum(summary.equal for summary in summaries),
        sum(summary.explained for summary in summaries),
        sum(summary.unexplained for summary in summaries),
        sum(route.counts.unconfirmed for route in diffs.routes.values()),
        sum(route.counts.failed for route in diffs.routes.values()),
        tuple(map(_shown, sorted(places))),
    )


def settled(diffs: Callable[[], Diffs], watch: Callable[[float], None], quiet: float = QUIET_SECONDS) -> ShadowReport:
    """Return the findings once they have not changed for `quiet` seconds; `watch` is called meanwhile."""
    deadline = time.monotonic() + SETTLE_SECONDS
    report = report_of(diffs())
    changed = time.monotonic()
    while time.monotonic() < min(deadline, changed + quiet):
        watch(WATCH_SECONDS)
        before, report = report, report_of(diffs())
        if report != before:
            changed = time.monotonic()
    return report


def read(url: str, token: str, enough: Callable[[], bool], watch: Callable[[float], None]) -> int:
    """Read the sample's URLs repeatedly, for at most `SECONDS`, and return the number of answers.

    UnavailableError if a request is not answered. `watch` is called meanwhile.
    """
    deadline = time.monotonic() + SECONDS
    targets = cycle(sample_targets(ENOUGH))
    answered = 0
    with (
        httpx.Client(
            base_url=url, headers={"Authorization": f"Token {token}"}, timeout=ANSWER_SECONDS, trust_env=False
        ) as client,
        ThreadPoolExecutor(READERS, "shadow-reader") as pool,
    ):
        while time.monotonic() < deadline and not enough():
            asked = [pool.submit(_get, client, next(targets)) for _ in range(READERS)]
            while not all(one.done() for one in asked):
                watch(WATCH_SECONDS)
            answered += sum(one.result() for one in asked)
    return answered


def sample_targets(number: int) -> Sequence[str]:
    """Return `number` URLs of the feature that is moved: lists in every order, single reviews, the user's own."""

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


def _get(client: httpx.Client, target: str) -> int:
    try:
        client.get(target)
    except httpx.HTTPError as error:
        raise UnavailableError(f"GET {target} was not answered: {error}") from error
    return 1


def _shown(place: DifferencePlace) -> str:
    return f"{place.path.strip()} ({place.kind})"
