"""Chooses tables to ask about after every cluster has been: those that the answers so far tell least about."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence


def least_known(
    neighbours: Sequence[Mapping[int, float]], known: Collection[int], among: Sequence[int]
) -> Iterator[int]:
    """The tables of `among`, by number, in the order in which each adds most to all tables' similarity to a known one.

    This is greedy facility location (Nemhauser, Wolsey and Fisher, "An analysis of approximations for maximizing
    submodular set functions", 1978). A table's similarity to itself is the largest between any two; of equal tables
    the first is taken.
    """
    most = max((value for row in neighbours for value in row.values()), default=1.0)
    told = [0.0] * len(neighbours)

    def take(number: int) -> None:
        told[number] = most
        for other, value in neighbours[number].items():
            told[other] = max(told[other], value)

    def gain(number: int) -> float:
        row = neighbours[number]
        return most - told[number] + sum(value - told[other] for other, value in row.items() if value > told[other])

    for number in sorted(known):
        take(number)
    left = sorted(set(among) - set(known))
    while left:
        best = max(left, key=lambda number: (gain(number), -number))
        left.remove(best)
        take(best)
        yield best
