"""Rows of the target that the source does not have as they are, although a comparison may not show it.

Some are rows of a part without a leading row; some refer to no row, for which the source has NULL; and some rows of
tables that become one are of no kind.
"""

from __future__ import annotations

from collections.abc import Iterator

from strangler.model.authority import Side
from strangler_etl.engine.database import Database
from strangler_etl.engine.journal import Changes
from strangler_etl.engine.keys import in_parts
from strangler_etl.following.changed_keys import changed_keys
from strangler_etl.mapping.mapping import MappedTable, ServiceMapping
from strangler_etl.mapping.selects import Select
from strangler_etl.mapping.unreturned import alone_select, kindless_select, lost_selects
from strangler_etl.verification.comparison import ColumnDifference, Difference, DifferenceKind


def unreturned_rows(
    target: Database, mapping: ServiceMapping, table: MappedTable, changes: Changes | None = None
) -> tuple[Difference, ...]:
    """What the source lacks of a table and of the parts beside it; with `changes`, only of rows that changed.

    A row of a part counts as changed where its leading row has. Rows of no kind are reported for the first mapping.
    """
    found: list[Difference] = []
    for part in table.beside:
        for (key,) in _rows(target, alone_select(target, table, part), (table, part), changes):
            found.append(Difference(table.source.name, key, DifferenceKind.MISSING, Side.V2, part.name, key))
    lost: dict[str, Difference] = {}
    for _, column, select in lost_selects(target, mapping, table):
        for key, referred in _rows(target, select, (table,), changes):
            reference = (ColumnDifference(column.target, referred, None),)
            one = Difference(table.target.name, key, DifferenceKind.LOST, Side.V2, table.name, key, reference)
            lost.setdefault(key, one)
    found += lost.values()
    for part in (table, *table.beside):
        kinds = mapping.kinds.get(part.target.name, ())
        if part.home is not None and kinds[0] is part:
            for (key,) in _rows(target, kindless_select(target, kinds), (part,), changes):
                found.append(Difference(part.target.name, key, DifferenceKind.KINDLESS, Side.V2, part.name, key))
    return tuple(found)


def _rows(
    target: Database, select: Select, tables: tuple[MappedTable, ...], changes: Changes | None
) -> Iterator[tuple[str, ...]]:
    queries = [select.between(target)]
    if changes is not None:
        touched = [changed_keys(changes, one.target.name) for one in tables]
        if not any(truncated for _, truncated in touched):
            keys = sorted(set[str]().union(*(keys for keys, _ in touched)))
            queries = [select.of_keys(target, some) for some in in_parts(keys)]
    for query in queries:
        yield from (tuple(map(str, row)) for row in target.rows(*query))
