"""Whether the parts of a table that is split by its rows may give two rows the same number."""

from __future__ import annotations

from itertools import combinations
from math import gcd

from strangler_etl.mapping.mapping import MappedTable
from strangler_etl.mapping.part_numbers import ALWAYS, turn_of
from strangler_etl.migration import Migration
from strangler_etl.postgres.numbering import Sequence, sequence_of


def colliding_sources(migration: Migration) -> frozenset[str]:
    """The source tables whose parts may number two rows alike, or whose numbers come from elsewhere."""
    mapping = migration.mapping
    split = {table.source.name for table in mapping.owned if len(mapping.homes(table.source.name)) > 1}
    return frozenset(name for name in split if not _apart(migration, mapping.homes(name)))


def _apart(migration: Migration, homes: tuple[MappedTable, ...]) -> bool:
    target, columns = migration.target, [home.known_by[0] for home in homes]
    if target.dialect != "postgres":
        return False
    absent = {creation.table: creation for creation in migration.creations}
    made = [absent.get(home.target.name) for home in homes]
    if all(made):
        taking_turns = all(turn_of(migration.mapping, home) != ALWAYS for home in homes)
        return taking_turns and all(
            one is not None and column in one.numbered for one, column in zip(made, columns, strict=True)
        )
    if any(made):
        return False
    sequences = [
        sequence_of(target, target.quoted(home.target.name), column)
        for home, column in zip(homes, columns, strict=True)
    ]
    return all(_never_collide(one, other) for one, other in combinations(sequences, 2))


def _never_collide(one: Sequence | None, other: Sequence | None) -> bool:
    if one is None or other is None:
        return False
    return one.name == other.name or (one.next - other.next) % gcd(one.step, other.step) != 0
