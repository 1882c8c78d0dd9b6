"""strangler's own triggers on the tables of a SQLite database."""

from __future__ import annotations

from collections.abc import Iterable

from strangler_etl.engine.session import Session


def tables_with(session: Session, prefix: str, triggers: int) -> frozenset[str]:
    """The tables that have this many triggers whose names begin with `prefix`."""
    found = session.rows(
        "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' AND substr(name, 1, ?) = ?"
        " GROUP BY tbl_name HAVING count(*) = ?",
        [len(prefix), prefix, triggers],
    )
    return frozenset(str(name) for (name,) in found)


def tables_with_others(session: Session, prefix: str) -> frozenset[str]:
    """The tables that have a trigger whose name does not begin with `prefix`."""
    found = session.rows(
        "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' AND substr(name, 1, ?) <> ?", [len(prefix), prefix]
    )
    return frozenset(str(name) for (name,) in found)


def drop_triggers(session: Session, names: Iterable[str]) -> None:
    """Drop those of the triggers that exist."""
    for name in names:
        session.execute(f"DROP TRIGGER IF EXISTS {session.quoted(name)}")
