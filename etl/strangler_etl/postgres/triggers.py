"""strangler's own triggers on the tables of a PostgreSQL database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from strangler_etl.engine.session import Session
from strangler_etl.postgres import catalogue


def tables_with(session: Session, triggers: Sequence[str], states: Sequence[str]) -> frozenset[str]:
    """The tables that have all of the triggers, in one of the states of `strangler_etl.postgres.catalogue`."""
    found = triggers_of_tables(session, triggers, states)
    return frozenset(table for table, names in found.items() if len(names) == len(triggers))


def triggers_of_tables(session: Session, names: Sequence[str], states: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """Table -> those of the triggers it has, in one of the states."""
    found = session.rows(catalogue.TRIGGERS, [list(names), list(states)])
    return {str(table): str(present).split() for table, present in found}


def drop_triggers(session: Session, table: str, names: Sequence[str]) -> None:
    """Drop those of the triggers that the table has: dropping one that is absent would wait for every reader."""
    for present in triggers_of_tables(session, names, catalogue.PRESENT).get(table, ()):
        session.execute(f"DROP TRIGGER {present} ON {session.quoted(table)}")


def tables_owned(session: Session, tables: Iterable[str]) -> frozenset[str]:
    """Those of the tables that belong to this user."""
    return frozenset(str(name) for (name,) in session.rows(catalogue.MINE, [list(tables)]))
