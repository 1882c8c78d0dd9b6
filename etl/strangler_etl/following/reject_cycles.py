"""Rows that were set aside and need each other: none of them fits alone, but together they may."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from strangler_etl.engine.key_actions import KeyAction
from strangler_etl.run.rejects import Reject

_Place = tuple[str, tuple[str, ...], tuple[str, ...]]
"""A table, some of its columns, and their values."""


def reject_cycles(
    rejects: Sequence[Reject], references: Sequence[KeyAction], quoted: Callable[[str], str]
) -> Iterator[Sequence[Reject]]:
    """Each group of rows that need each other, with everything they need; `quoted` gives a mapping's table in SQL."""
    needs = _needs(rejects, references, quoted)
    known: set[frozenset[int]] = set()
    for number in range(len(rejects)):
        reached = _reached(number, needs)
        if number in reached and len(reached) > 1 and reached not in known:
            known.add(reached)
            yield [rejects[one] for one in sorted(reached)]


def _needs(
    rejects: Sequence[Reject], references: Sequence[KeyAction], quoted: Callable[[str], str]
) -> Mapping[int, set[int]]:
    """Which of the other rows each row refers to."""
    images: list[tuple[str, Mapping[str, object]]] = [(quoted(one.table), json.loads(one.image)) for one in rejects]
    there: defaultdict[_Place, list[int]] = defaultdict(list)
    for number, (table, image) in enumerate(images):
        for columns in {one.referred for one in references if one.parent == table}:
            if held := _held(image, columns):
                there[table, columns, held].append(number)
    needs: defaultdict[int, set[int]] = defaultdict(set)
    for number, (table, image) in enumerate(images):
        for reference in references:
            if reference.child == table and (held := _held(image, reference.columns)):
                needs[number].update(there.get((reference.parent, reference.referred, held), ()))
    return needs


def _held(image: Mapping[str, object], columns: Sequence[str]) -> tuple[str, ...] | None:
    values = [image.get(name) for name in columns]
    return None if None in values else tuple(map(str, values))


def _reached(number: int, needs: Mapping[int, set[int]]) -> frozenset[int]:
    """Everything a row needs, directly and indirectly."""
    reached, left = set[int](), list(needs.get(number, ()))
    while left:
        one = left.pop()
        if one not in reached:
            reached.add(one)
            left += needs.get(one, ())
    return frozenset(reached)
