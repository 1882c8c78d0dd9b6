"""Which tables must be copied before others; the rest may be copied at the same time."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from strangler_etl.engine.database import Database
from strangler_etl.mapping.mapping import ServiceMapping


def copied_before(target: Database, mapping: ServiceMapping) -> Mapping[str, AbstractSet[str]]:
    """Mapped table -> the tables before it in the mapping whose rows must all be there first.

    Ask when the foreign keys that can be dropped are dropped. Those that stay are checked for each row; somebody else's
    trigger may look up anything that came first; and tables with the same target may have the same unique values, for
    which two lanes would wait for each other.
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
