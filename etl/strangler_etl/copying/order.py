"""Which tables have to be copied before others; all that have not may be copied at the same time."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from strangler_etl.engine.database import Database
from strangler_etl.mapping.mapping import ServiceMapping


def copied_before(target: Database, mapping: ServiceMapping) -> Mapping[str, AbstractSet[str]]:
    """Mapped table -> those, of the ones before it in the mapping, of which every row has to be there first.

    To be asked when the foreign keys are away that can be. Those that stay are checked for each row; a trigger of
    somebody else may look for anything that came first; and who writes to the same table may have the same unique
    values, for which two lanes would wait for each other.
    """
    names = list(dict.fromkeys(table.target.name for table in mapping.tables))
    there, triggered = target.tables(names), target.triggered(names)
    earlier: dict[str, str] = {}
    order: dict[str, AbstractSet[str]] = {}
    for table in mapping.tables:
        place = table.target.name
        waited_for = {place, *there[place].parents}
        order[table.name] = frozenset(
            name for name, into in earlier.items() if place in triggered or into in waited_for
        )
        earlier[table.name] = place
    return order
