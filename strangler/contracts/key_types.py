"""The types of columns in the source; a foreign key has the type of the key it refers to."""

from __future__ import annotations

from collections.abc import Mapping

from strangler.model.tables import Column, Table

REFERENCES = frozenset({"foreignkey", "onetoonefield"})
"""Types that only say that a column refers to a key."""


def key_type(column: Column, table: Table, known: Mapping[str, Table]) -> str:
    """The type of a column in the source; for a reference, that of the key at the end of the chain, if known."""
    seen: set[tuple[str, str]] = set()
    while base_name(column.type) in REFERENCES and (table.name, column.name) not in seen:
        seen.add((table.name, column.name))
        key = next((item for item in table.foreign_keys if item.column == column.name), None)
        target = None if key is None else known.get(key.target_table)
        found = None if target is None or key is None else column_of(target, key.target_column)
        if target is None or found is None:
            break
        table, column = target, found
    return column.type


def column_of(table: Table, name: str) -> Column | None:
    """The column with a name, or None."""
    return next((item for item in table.columns if item.name == name), None)


def base_name(type_: str) -> str:
    """The bare lower-case name of a type: ``models.CharField(20)`` -> ``charfield``."""
    return type_.rpartition(".")[2].partition("(")[0].lower()
