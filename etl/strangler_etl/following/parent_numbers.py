"""Which source rows the target keys in a key of several columns mean: on the way back nothing else says it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from strangler_etl.engine.database import Database
from strangler_etl.engine.journal import Changes
from strangler_etl.engine.keys import in_parts, key_of_table
from strangler_etl.mapping.mapping import MappedTable


def parent_numbers(
    source: Database, target: Database, parent: MappedTable, keys: Sequence[str], changes: Changes
) -> Mapping[str, str]:
    """The source keys of rows of `parent` with these target keys, as the target writes them; unknown ones are left out.

    A row that is gone by now is known by what the journal says of it, or by the key map.
    """
    wanted = sorted({*keys})
    found: dict[str, str] = {}
    for part in in_parts(wanted):
        found |= _mapped(source, parent, part)
    found |= {
        change.key: change.number or change.key
        for change in changes.rows
        if change.table == parent.target.name and change.key is not None
    }
    for part in in_parts(wanted):
        found |= _there(target, parent, part)
    return found


def _mapped(source: Database, parent: MappedTable, keys: Sequence[str]) -> Mapping[str, str]:
    condition, parameters = source.any_of("target_key", "text", keys)
    rows = source.rows(
        f"SELECT target_key, source_key FROM {source.own('key_map')}"
        f" WHERE table_name = {source.placeholder} AND {condition}",
        [parent.source.name, *parameters],
    )
    return {str(target_key): str(source_key) for target_key, source_key in rows}


def _there(target: Database, parent: MappedTable, keys: Sequence[str]) -> Mapping[str, str]:
    key = key_of_table(target, parent.target, parent.key)
    known_by = key_of_table(target, parent.target, parent.known_by)
    condition, parameters = key.any_of(target, keys)
    rows = target.rows(
        f"SELECT {key.as_text(target)}, {known_by.as_text(target)} FROM {target.quoted(parent.target.name)}"
        f" WHERE {condition}",
        parameters,
    )
    return {str(target_key): str(number) for target_key, number in rows if number is not None}
