"""The numbers that tables give their rows themselves: they go on behind those that were copied.

The cut-over hands over how far the monolith is; this is for whoever moves the writes without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from strangler_etl.engine.database import Database
from strangler_etl.errors import DatabaseError
from strangler_etl.mapping.mapping import MappedTable
from strangler_etl.values.conversions import Family, family_of


def advance_numbers(target: Database, tables: Iterable[MappedTable]) -> Mapping[str, str]:
    """Let keys that number themselves go on behind the last one of their table.

    Returns the target tables where that can not be done, with the reason: they are copied all the same.
    """
    failed: dict[str, str] = {}
    for table in tables:
        column, *further = table.known_by
        if further or family_of(table.target.columns[column].type) is not Family.WHOLE:
            continue
        name = table.target.name
        ((last,),) = target.rows(f"SELECT max({target.quoted(column)}) FROM {target.quoted(name)}")
        if last is not None:
            try:
                with target.transaction():
                    target.advance_number(name, column, int(str(last)) + 1)
            except DatabaseError as error:
                failed[name] = error.what
    return failed
