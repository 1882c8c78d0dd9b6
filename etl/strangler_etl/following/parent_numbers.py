"""Which source rows the target keys of parents mean when their numbers may change: only the rows themselves know."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from strangler_etl.engine.database import Database
from strangler_etl.engine.journal import Changes
from strangler_etl.engine.keys import in_parts, key_of_table
from strangler_etl.mapping.mapping import MappedTable


def parent_numbers(
    source: Database, target: Database, parents: Sequence[MappedTable], keys: Sequence[str], changes: Changes
) -> Mapping[str, frozenset[str]]:
    """The source keys that rows with these target keys have, or had before the changes, as the target writes them.

    The `parents` are the mappings of one source table. A row that is gone by now is known from the journal or the key
    map; unknown ones are left out.
    """
    wanted = sorted({*keys})
    found: defaultdict[str, set[str]] = defaultdict(set)
    tables = {parent.target.name for parent in parents}
    for change in changes.rows:
        if change.table in tables and change.key is not None:
            found[change.key].add(change.number or change.key)
    for part in in_parts(wanted):
        for parent in parents:
            for known in (_mapped(source, parent, part), _there(target, parent, part)):
                for key, number in known.items():
                    found[key].add(number)
    return {key: frozenset(numbers) for key, numbers in found.items()}


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
