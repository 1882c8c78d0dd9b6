"""The ranges of keys that are compared one after the other, and the rows in a range that cannot be computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from strangler_etl.engine.database import Database
from strangler_etl.errors import RowRefusedError
from strangler_etl.mapping.mapping import ExpressionColumn, MappedTable
from strangler_etl.mapping.selects import KeyRange, Select, forward_select
from strangler_etl.run.sieve import keys_between
from strangler_etl.values.conversions import Family, family_of


def ordered_alike(target: Database, table: MappedTable) -> bool:
    """Whether a range of source keys has the same rows on both sides: whole numbers are ordered alike everywhere.

    Texts are not, where collations differ, and a derived key has an order of its own. A row of the target without the
    number of its source row lies in no range.
    """
    if len(table.known_by) > 1 and not all(isinstance(column, ExpressionColumn) for column in table.key_columns):
        return False
    columns = [
        *(table.source.columns[name] for name in table.source_key),
        *(table.target.columns[name] for name in table.known_by),
    ]
    if any(family_of(column.type) is not Family.WHOLE for column in columns):
        return False
    unknown = [f"{target.quoted(name)} IS NULL" for name in table.known_by if table.target.columns[name].nullable]
    if not unknown:
        return True
    found = f"SELECT 1 FROM {target.quoted(table.target.name)} WHERE {' OR '.join(unknown)} LIMIT 1"
    return not target.rows(found)


def next_range(source: Database, table: MappedTable, after: str | None, rows: int) -> KeyRange:
    """The next `rows` keys behind one; the last range has no end."""
    last = source.rows(*forward_select(source, table).next_key(source, after, rows))
    return KeyRange(after, str(last[0][0]) if last else None)


def uncomputable(source: Database, table: MappedTable, keys: KeyRange, known: frozenset[str]) -> Mapping[str, str]:
    """The rows in a range at which the source's query fails, except those `known`: source key -> reason."""
    select, refused = forward_select(source, table), dict[str, str]()
    for part in keys_between(source, select, keys):
        _sift(source, select, [key for key in part if key not in known], refused)
    return refused


def _sift(source: Database, select: Select, keys: Sequence[str], refused: dict[str, str]) -> None:
    if not keys:
        return
    try:
        with source.transaction():
            source.rows(*select.of_keys(source, keys))
    except RowRefusedError as error:
        if len(keys) == 1:
            refused[keys[0]] = error.what
            return
        half = len(keys) // 2
        _sift(source, select, keys[:half], refused)
        _sift(source, select, keys[half:], refused)
