"""Shadow reads: the same requests to both sides, and whether both give the same answer."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from urllib.parse import urlsplit

from strangler.model.authority import Side
from strangler.model.errors import UnavailableError

SIDE_HEADER = "X-Strangler-Side"
ATTEMPTS = 5
PAUSE_SECONDS = 0.2
SECONDS = 30.0


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
    """Asks one gateway for either side, over one connection."""

    def __init__(self, url: str, token: str) -> None:
        address = urlsplit(url)
        self._connection = http.client.HTTPConnection(address.hostname or "127.0.0.1", address.port, timeout=SECONDS)
        self._token = token
        self.seconds: dict[Side, list[float]] = {Side.V1: [], Side.V2: []}

    def answer(self, target: str, side: Side) -> Answer:
        """Ask one side."""
        begun = time.monotonic()
        headers = {"Authorization": f"Token {self._token}", SIDE_HEADER: side.value}
        try:
            self._connection.request("GET", target, headers=headers)
            response = self._connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise UnavailableError(f"GET {target} was not answered by {side}: {error}") from error
        self.seconds[side].append(time.monotonic() - begun)
        try:
            return Answer(response.status, json.loads(body))
        except ValueError:
            return Answer(response.status, body.decode(errors="replace"))

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def compare(targets: Sequence[str], reader: ShadowReader, pause: Callable[[float], None]) -> ShadowReport:
    """Compare every target on both sides. Writes go on meanwhile, so a difference counts when it stays."""
    differences: list[Difference] = []
    repeated = 0
    for target in targets:
        difference = _difference(reader, target)
        attempts = 1
        while difference is not None and attempts < ATTEMPTS:
            pause(PAUSE_SECONDS)
            difference = _difference(reader, target)
            attempts += 1
        if difference is not None:
            differences.append(difference)
        elif attempts > 1:
            repeated += 1
    return ShadowReport(
        compared=len(targets),
        repeated=repeated,
        differences=tuple(differences),
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


def _difference(reader: ShadowReader, target: str) -> Difference | None:
    v1, v2 = reader.answer(target, Side.V1), reader.answer(target, Side.V2)
    return None if v1 == v2 else Difference(target, v1, v2)


def _milliseconds(seconds: Sequence[float]) -> float:
    return round(median(seconds) * 1000, 1) if seconds else 0.0
