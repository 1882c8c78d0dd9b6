"""Foreign keys between tables that move and tables that stay: what becomes of a row that is deleted on one side.

A foreign key without an action of its own keeps such a row in v1. Nothing that v2 writes after the deletion then goes
back, and a rollback is refused until somebody has changed the rows that refer to it.
"""

from __future__ import annotations

from collections.abc import Sequence

from strangler.model.quantity import first_of, quantity
from strangler.planner.readiness import Condition
from strangler_etl.engine.outside_references import OutsideReference
from strangler_etl.migration import Migration
from strangler_etl.planning.unchecked_references import unchecked_references, unchecked_told

NAME = "references on v1"
LEAVING = "references to v1"
ACCEPT = "--accept-blocking-references"
_NAMED = 5


def blocking_references(migration: Migration) -> tuple[OutsideReference, ...]:
    """The foreign keys that keep rows of v1 from being deleted; empty where nothing goes back to v1."""
    if not migration.mapping.way_back:
        return ()
    return tuple(one for one in migration.source.outside_references(migration.source_tables) if one.keeps)


def references_condition(service: str, found: Sequence[OutsideReference]) -> Condition:
    """Whether everything v2 may write can go back to v1."""
    if not found:
        return Condition(NAME, holds=True, found="none keeps a row that v2 deletes")
    drops = [one.drop for one in found if one.drop is not None]
    return Condition(
        NAME,
        holds=False,
        found=told(found),
        mend=f"take them away{': ' * bool(drops)}{'; '.join(drops)}; or move their tables, too;"
        " where v2 never deletes such a row, or the service refuses to,"
        f" strangler cutover {service} {ACCEPT} moves all the same",
        waivable=False,
    )


def leaving_condition(migration: Migration) -> Condition:
    """A note on foreign keys that only v1 can check; it stops no move, as v2 may never write rows that break them."""
    found = unchecked_references(migration)
    return Condition(
        LEAVING, holds=True, found=unchecked_told(found) if found else "v2 has a copy of all that its rows refer to"
    )


def told(found: Sequence[OutsideReference]) -> str:
    """A line that says what such foreign keys mean."""
    keys = f"{quantity(len(found), 'foreign key')} of tables that stay {'keeps' if len(found) == 1 else 'keep'}"
    names = first_of([*map(str, found)], _NAMED)
    return f"{keys} rows that v2 may delete: {names}; once it does, nothing goes back and rollback is refused"
