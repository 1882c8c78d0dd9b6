"""The lines of a mapping that the user has yet to write: suggestions from the names in both tables."""

from __future__ import annotations

from strangler_etl.engine.schema import Table
from strangler_etl.values.conversions import family_of


def key_to_write(source: Table, target: Table) -> str:
    """How to fill the target's key from the source's single one: copied where possible, otherwise derived."""
    (source_key,) = source.key
    own = next(iter((*target.key, *sorted(target.unique))), None)
    if own is None:
        return '{ key = "uuid" }'
    alike = family_of(target.columns[own].type) is family_of(source.columns[source_key].type)
    return f'{own} = "{source_key}"' if alike else f'{own} = {{ key = "uuid" }}'


def columns_to_write(source: Table, target: Table) -> str:
    """The key, and the columns that both tables have, copied as they are."""
    keyed = [key_to_write(source, target)] if len(source.key) == 1 else [f'{name} = "{name}"' for name in source.key]
    shared = [name for name in target.columns if name in source.columns and name not in {*source.key, *target.key}]
    return ", ".join([*keyed, *(f'{name} = "{name}"' for name in shared)])
