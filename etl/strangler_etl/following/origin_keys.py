"""Which source rows the rows of the target come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from strangler_etl.engine.database import Database
from strangler_etl.engine.keys import key_text
from strangler_etl.engine.session import Value, text
from strangler_etl.errors import RowRefusedError
from strangler_etl.following.changed_keys import as_in_source, rows_of_keys, target_keys
from strangler_etl.mapping.mapping import ExpressionColumn, MappedTable
from strangler_etl.mapping.selects import forward_select
from strangler_etl.values.key_value import key_value


def origin_keys(
    source: Database,
    target: Database,
    table: MappedTable,
    rows: Sequence[tuple[str, Value]],
    likely: Sequence[str] = (),
) -> list[str]:
    """The source keys of target rows, given as pairs of the target key and the value that keeps the source key.

    `likely` source keys are tried first; others have to be searched for. Raises RowRefusedError where the source has no
    such row: somebody else has written it.
    """
    if names_origin(table):
        return as_in_source(source, target, table, [number for _, number in rows])
    known = dict(zip(target_keys(source, table, likely), likely, strict=True)) if likely else {}
    if not all(key in known for key, _ in rows):
        # The target does not say which source row it was, so the keys of all source rows are computed.
        select = forward_select(source, table)
        made = [source.as_text(select.expressions[select.columns.index(name)], "text") for name in table.key]
        written = (select.key.as_text(source), key_text(made, source))
        both = replace(select, columns=("key", "made"), expressions=written)
        known |= {str(text(key)): str(of_source) for of_source, key in source.rows(*both.between(source))}
    if strange := [key for key, _ in rows if key not in known]:
        raise not_of_source(target, table, strange)
    return [known[key] for key, _ in rows]


def names_origin(table: MappedTable) -> bool:
    """Whether a row of the target says by itself which source row it was."""
    return all(isinstance(column, ExpressionColumn) for column in table.key_columns) or table.number is not None


def require_of_source(source: Database, target: Database, table: MappedTable, keys: Sequence[str]) -> None:
    """Raise RowRefusedError unless the source has every row with these keys for the mapping."""
    select = forward_select(source, table)
    only_keys = replace(select, columns=("key",), expressions=(select.key.as_text(source),))
    there = {key_value(select.key, str(key)) for (key,) in rows_of_keys(source, only_keys, keys)}
    if strange := [key for key in keys if key_value(select.key, key) not in there]:
        raise not_of_source(target, table, strange)


def not_of_source(target: Database, table: MappedTable, keys: Sequence[str]) -> RowRefusedError:
    """The error for rows of the target that are in the way and that the source does not have."""
    return RowRefusedError(
        target.address,
        f"rows of {table.target.name} that {table.source.name} does not have, such as {keys[0]}, refer to rows that go",
        f"delete them: strangler etl verify {table.service} --repair, or strangler etl run {table.service} --refresh",
    )
