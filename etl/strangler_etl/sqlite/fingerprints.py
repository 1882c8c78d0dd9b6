"""Fingerprints that change when a SQLite table was created again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from strangler_etl.engine.session import Session


def fingerprints(session: Session, tables: Sequence[str], columns: Collection[str]) -> Mapping[str, str]:
    """The positions and types of the columns in each of the tables, as `Database.fingerprints` has it.

    No statement of SQLite rewrites rows without firing the table's triggers.
    """
    named = {name.lower() for name in columns}
    found: dict[str, str] = {}
    for table in tables:
        described = session.rows("SELECT cid, name, type FROM pragma_table_info(?) ORDER BY cid", [table])
        if described:
            found[table] = " ".join(
                f"{name}={place}:{type_}" for place, name, type_ in described if str(name).lower() in named
            )
    return found


def identity(session: Session, table: str) -> str | None:
    """The statement that creates the table, as it is by now."""
    found = session.rows("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", [table])
    return str(found[0][0]) if found else None
