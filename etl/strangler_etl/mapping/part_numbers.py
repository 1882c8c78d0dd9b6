"""How the parts of a table that is split by its rows number new rows without using a number twice.

After the cut-over, a row of any part has one number in v1. Each of n parts gives every n-th number, from its own start.
"""

from __future__ import annotations

from dataclasses import dataclass

from strangler_etl.mapping.mapping import MappedTable, ServiceMapping


@dataclass(frozen=True, slots=True)
class Turn:
    """The share of numbers a table gives: of each `of` numbers of its source, the one at `place`, 0 to `of` - 1."""

    place: int = 0
    of: int = 1


ALWAYS = Turn()
"""The turn of a table that gives all numbers."""


def turn_of(mapping: ServiceMapping, table: MappedTable) -> Turn:
    """The turn of a mapping's target, where it is one of several parts that go back row by row.

    Tables that also become one with others have no turn, because each mapping would ask for a different one.
    """
    homes = mapping.homes(table.source.name)
    if len(homes) == 1 or any(home.claim is not None for home in homes):
        return ALWAYS
    for place, home in enumerate(homes):
        if table.name in {home.name, *(part.name for part in home.beside)}:
            return Turn(place, len(homes))
    return ALWAYS
