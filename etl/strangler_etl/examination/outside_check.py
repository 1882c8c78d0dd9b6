"""Whether rows that move can be deleted while tables that stay refer to them."""

from __future__ import annotations

from collections.abc import Sequence

from strangler.model.quantity import first_of
from strangler_etl.engine.database import Database
from strangler_etl.examination.finding import Check, Finding, ok, warning
from strangler_etl.examination.table_use import TableUse

_NAME = "references from outside"
_NAMED = 8


def outside_check(database: Database, uses: Sequence[TableUse]) -> Check:
    """Look for foreign keys from tables that stay to tables that move."""
    return Check(_NAME, lambda: [_finding(database, [use.name for use in uses if use.owned])])


def _finding(database: Database, owned: Sequence[str]) -> Finding:
    found = database.outside_references(owned)
    if not found:
        return ok(_NAME, "none to the tables that move")
    return warning(
        _NAME,
        f"{first_of([*map(str, found)], _NAMED)}: a delete that is applied here meets them",
        "take the constraint away, or move the table with the service",
    )
