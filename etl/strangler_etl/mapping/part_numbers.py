"""How the parts of a table that is split by its rows number what is born in each: no number twice.

A row of any part has one number in v1 after the cut-over. Of n parts each gives every n-th number, from one of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from strangler_etl.mapping.mapping import MappedTable, ServiceMapping


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose turn it is: the table takes the number at `place`, 0 to `of` - 1, of each `of` numbers of its source."""

    place: int = 0
    of: int = 1


ALWAYS = Turn()
"""That of a table whose numbers no other one gives."""


def turn_of(mapping: ServiceMapping, table: MappedTable) -> Turn:
    """The turn of a mapping's target, where it is one of several parts that go back row by row.

    Where several tables become one as well, each of them would ask for another turn: they have none.
    """
    homes = mapping.homes(table.source.name)
    if len(homes) == 1 or any(home.claim is not None for home in homes):
        return ALWAYS
    for place, home in enumerate(homes):
        if table.name in {home.name, *(part.name for part in home.beside)}:
            return Turn(place, len(homes))
    return ALWAYS
