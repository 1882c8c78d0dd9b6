"""Takes the rows of a range of keys from the source to the target."""

from __future__ import annotations

from strangler_etl.database import CopyingDatabase, Database, Upsert
from strangler_etl.errors import DuplicateRowError
from strangler_etl.mapping import MappedTable
from strangler_etl.selects import KeyRange, forward_select


def transfer(source: Database, target: Database, table: MappedTable, keys: KeyRange) -> int:
    """Write the target rows of a range of source keys; return how many they are.

    Inside a snapshot of the source and a transaction of the target. Rows that are in the target already, because a
    follower was faster, become what the source says.
    """
    select = forward_select(source, table)
    text, parameters = select.between(source, keys)
    if isinstance(source, CopyingDatabase) and isinstance(target, CopyingDatabase):
        try:
            return target.copy_in(table.target.name, select.columns, source.copy_out(text, parameters))
        except DuplicateRowError:
            pass
    rows = source.rows(text, parameters)
    target.upsert(Upsert(table.target.name, table.key, select.columns, rows))
    return len(rows)
