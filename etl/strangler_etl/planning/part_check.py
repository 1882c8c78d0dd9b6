"""Checks every row of tables that are split by rows: whether it is in exactly one part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from strangler.model.quantity import first_of
from strangler_etl.engine.database import Database
from strangler_etl.engine.keys import key_name
from strangler_etl.mapping.mapping import MappedTable, ServiceMapping
from strangler_etl.mapping.selects import forward_select, taken
from strangler_etl.mapping.table_size import with_source_keys
from strangler_etl.planning.table_risks import Risk, RiskKind

_NAMED = 5


def part_risks(source: Database, mapping: ServiceMapping, table: MappedTable) -> Iterator[Risk]:
    """The rows of a split source table that are in none of its parts, or in several; reported for the first part."""
    parts = [part for part in mapping.tables if part.source.name == table.source.name]
    if parts[0] is not table or any(part.where is None for part in parts):
        return
    # Parts with the same filter have the same rows: they are split by columns.
    filters = {taken(source, part): part for part in parts}
    if len(filters) == 1:
        return
    names = ", ".join(part.name for part in parts)
    query = _query(source, list(filters.values()))
    for condition, said in (
        ("= 0", f"of {table.source.name} is in none of {names}: such a row is not copied, and stays with v1"),
        ("> 1", f"of {table.source.name} is in more than one of {names}: each gets such a row"),
    ):
        found = f"{query} HAVING sum(strangler_part) {condition}"
        ((rows,),) = source.rows(f"SELECT count(*) FROM ({found}) AS counted", [])
        if int(str(rows)):
            first = source.rows(f"{found} ORDER BY length(strangler_key), strangler_key LIMIT {_NAMED}", [])
            keys = [str(key) for (key,) in first]
            what = f"{said}; the first: {first_of(keys, _NAMED)}"
            yield Risk(key_name(table.source_key), RiskKind.PARTS, what, int(str(rows)))


def _query(source: Database, parts: Sequence[MappedTable]) -> str:
    """The keys of all rows, each with the number of its parts as the sum of `strangler_part`."""
    texts = list[str]()
    for part in parts:
        select = forward_select(source, with_source_keys(part))
        key, columns = select.key.as_text(source), ("strangler_key", "strangler_part")
        texts.append(replace(select, columns=columns, expressions=(key, "1")).between(source)[0])
        if part is parts[0]:
            every = replace(select, columns=columns, expressions=(key, "0"), joins=(), where=None)
            texts.append(every.between(source)[0])
    return f"SELECT strangler_key FROM ({' UNION ALL '.join(texts)}) AS parted GROUP BY strangler_key"
