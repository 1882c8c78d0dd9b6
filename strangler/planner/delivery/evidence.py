"""What was measured of both sides at the same time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SideEvidence:
    """The answers of one side: how many, how many of them errors, and how many in each latency bucket."""

    requests: int = 0
    errors: int = 0
    buckets: tuple[int, ...] = ()

    def plus(self, other: SideEvidence) -> SideEvidence:
        """Return the sum of both."""
        return SideEvidence(
            self.requests + other.requests,
            self.errors + other.errors,
            _each(self.buckets, other.buckets, 1),
        )

    def minus(self, other: SideEvidence) -> SideEvidence:
        """Return what was added since `other`."""
        return SideEvidence(
            self.requests - other.requests,
            self.errors - other.errors,
            _each(self.buckets, other.buckets, -1),
        )

    @property
    def numbers(self) -> Iterable[int]:
        """Every count."""
        return (self.requests, self.errors, *self.buckets)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The answers of both sides, how many of them were compared, and how many of these differ `unexplained`."""

    v1: SideEvidence = field(default_factory=SideEvidence)
    v2: SideEvidence = field(default_factory=SideEvidence)
    compared: int = 0
    unexplained: int = 0

    def plus(self, other: Evidence) -> Evidence:
        """Return the sum of both."""
        return Evidence(
            self.v1.plus(other.v1),
            self.v2.plus(other.v2),
            self.compared + other.compared,
            self.unexplained + other.unexplained,
        )

    def since(self, before: Evidence) -> Evidence:
        """Return what a gateway has counted since `before`; everything where the gateway has restarted.

        Differences explained later lower a count; that alone does not mean that the gateway has restarted.
        """
        v1, v2 = self.v1.minus(before.v1), self.v2.minus(before.v2)
        if any(number < 0 for number in (*v1.numbers, *v2.numbers)):
            v1, v2 = self.v1, self.v2
        compared = self.compared - before.compared
        if compared < 0:
            return Evidence(v1, v2, self.compared, self.unexplained)
        return Evidence(v1, v2, compared, self.unexplained - before.unexplained)


def _each(one: tuple[int, ...], other: tuple[int, ...], sign: int) -> tuple[int, ...]:
    length = max(len(one), len(other))
    padded = (numbers + (0,) * (length - len(numbers)) for numbers in (one, other))
    return tuple(a + sign * b for a, b in zip(*padded, strict=True))
