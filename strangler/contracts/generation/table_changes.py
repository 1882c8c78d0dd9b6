"""The differences between the tables of two versions of ``tables.sql``, which a migration has to make."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_TABLE = re.compile(r'CREATE TABLE ("(?:[^"]|"")*") \($')
_COLUMN = re.compile(r'    ("(?:[^"]|"")*") (.*?),?$')


def table_changes(old: str, new: str) -> tuple[str, ...]:
    """One text for each table that was added, dropped or changed: ``task: + estimate, title changed``."""
    before, after = _tables(old), _tables(new)
    found = [f"{name}: new" for name in after if name not in before]
    for name, columns in before.items():
        if name not in after:
            found.append(f"{name}: gone")
        elif changed := [*_columns(columns, after[name])]:
            found.append(f"{name}: {', '.join(changed)}")
    return tuple(found)


def _columns(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    yield from (f"+ {name}" for name in new if name not in old)
    yield from (f"- {name}" for name in old if name not in new)
    yield from (f"{name} changed" for name in new if name in old and old[name] != new[name])


def _tables(text: str) -> Mapping[str, Mapping[str, str]]:
    """The columns of each table with their definitions, one per line as `tables` writes them."""
    found: dict[str, dict[str, str]] = {}
    columns: dict[str, str] = {}
    for line in text.splitlines():
        if (table := _TABLE.match(line)) is not None:
            columns = found.setdefault(_name(table[1]), {})
        elif (column := _COLUMN.match(line)) is not None:
            columns[_name(column[1])] = column[2]
    return found


def _name(quoted: str) -> str:
    return quoted[1:-1].replace('""', '"')
