"""Rows of a part that go back beside a row of another one, which is not there: nothing of them is in the source."""

from __future__ import annotations

from collections.abc import Sequence

from strangler.model.authority import Side
from strangler_etl.engine.database import Database
from strangler_etl.engine.journal import Changes
from strangler_etl.engine.keys import in_parts
from strangler_etl.following.changed_keys import changed_keys
from strangler_etl.mapping.mapping import MappedTable
from strangler_etl.mapping.selects import alone_select
from strangler_etl.verification.comparison import Difference, DifferenceKind


def alone_rows(target: Database, table: MappedTable, changes: Changes | None = None) -> tuple[Difference, ...]:
    """What the source lacks of the parts beside a table; only of rows that changed, or whose leading row did."""
    found: list[Difference] = []
    for part in table.beside:
        for key in _alone(target, table, part, changes):
            missing = DifferenceKind.MISSING
            found.append(Difference(table.source.name, key, missing, Side.V2, part.name, key))
    return tuple(found)


def _alone(target: Database, table: MappedTable, part: MappedTable, changes: Changes | None) -> Sequence[str]:
    select = alone_select(target, table, part)
    queries = [select.between(target)]
    if changes is not None:
        touched = [changed_keys(changes, one.target.name) for one in (table, part)]
        if not any(truncated for _, truncated in touched):
            keys = sorted(set[str]().union(*(keys for keys, _ in touched)))
            queries = [select.of_keys(target, some) for some in in_parts(keys)]
    return [str(key) for query in queries for (key,) in target.rows(*query)]
