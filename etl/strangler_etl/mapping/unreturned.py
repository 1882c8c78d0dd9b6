"""The target's queries for rows that do not go back to the source as they are, or not yet.

Such rows lack a part, have no leading row, are of no kind, or refer to something that has no row in the source.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from strangler_etl.engine.database import Database
from strangler_etl.engine.keys import KeyPart, key_of_table
from strangler_etl.mapping.mapping import DerivedColumn, MappedTable, ServiceMapping
from strangler_etl.mapping.selects import Select, beside_join, parent_join, parent_names, sql_of


def waiting_select(target: Database, table: MappedTable) -> Select | None:
    """The target's query for the keys, as `reverse_select` has them, of rows that lack a part they need.

    Without it, columns of the source that must not be NULL have no value. None where no part is needed.
    """
    needed = [part for part in table.beside if part.needed]
    if not needed:
        return None
    key = key_of_table(target, table.target, table.key)
    absent = [f"{target.quoted(part.target.name)}.{target.quoted(part.key[0])} IS NULL" for part in needed]
    return Select(
        table=table.target.name,
        columns=("target_key",),
        expressions=(key.parts[0].sql if len(key.parts) == 1 else key.as_text(target),),
        joins=tuple(beside_join(target, table, part) for part in needed),
        where=" OR ".join(absent)
        if table.home is None
        else f"({' OR '.join(absent)}) AND {sql_of(target, table.home)}",
        key=key,
    )


def alone_select(target: Database, table: MappedTable, part: MappedTable) -> Select:
    """The target's query for the rows of a part, by key in text form, that have no row of the leading table."""
    key = key_of_table(target, part.target, part.key)
    return Select(
        table=part.target.name,
        columns=("target_key",),
        expressions=(key.as_text(target),),
        joins=(beside_join(target, part, table),),
        where=f"{target.quoted(table.target.name)}.{target.quoted(table.key[0])} IS NULL",
        key=key,
    )


def kindless_select(target: Database, kinds: Sequence[MappedTable]) -> Select:
    """The target's query for the rows of a table, by key in text form, that go back by none of its mappings."""
    (first, *_) = kinds
    key = key_of_table(target, first.target, first.key)
    each = [f"({sql_of(target, one.home)})" for one in kinds if one.home is not None]
    return Select(
        table=first.target.name,
        columns=("target_key",),
        expressions=(key.as_text(target),),
        joins=(),
        where=f"({' OR '.join(each)}) IS NOT TRUE",
        key=key,
    )


def lost_selects(
    target: Database, mapping: ServiceMapping, table: MappedTable
) -> Iterator[tuple[MappedTable, DerivedColumn, Select]]:
    """For each column that refers to a row, of a table or a part beside it: the query for rows whose parent is lost.

    No row has that key, or the row goes back to another table, or has no number. The query returns the key of the
    leading row and the one it refers to, in text form; with it come the column's mapping and the column.
    """
    key = key_of_table(target, table.target, table.key)
    for part in (table, *table.beside):
        said = {column.source for column in part.reverse} | {*table.source_key}
        beside = () if part is table else (beside_join(target, table, part),)
        for column in part.columns:
            if column.source is None or column.source in said or part.source.columns[column.source].computed:
                continue
            # The first target column made from a source column is the one that goes back to it.
            said.add(column.source)
            if not isinstance(column, DerivedColumn):
                continue
            name = target.quoted(part.target.name)
            value = KeyPart(f"{name}.{target.quoted(column.target)}", part.target.columns[column.target].type)
            parents = parent_names(mapping, column, "lost_parent")
            numbers = [f"{target.quoted(one)}.{target.quoted(home.known_by[0])}" for one, home in parents.items()]
            conditions = [f"{value.sql} IS NOT NULL", *(f"{number} IS NULL" for number in numbers)]
            if table.home is not None:
                conditions.append(sql_of(target, table.home))
            yield (
                part,
                column,
                Select(
                    table=table.target.name,
                    columns=("target_key", "refers_to"),
                    expressions=(key.as_text(target), target.as_text(value.sql, value.type)),
                    joins=(*beside, *(parent_join(target, home, one, value.sql) for one, home in parents.items())),
                    where=" AND ".join(conditions),
                    key=key,
                ),
            )
