"""Whether rows can be deleted without reading whole tables for each of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from strangler_etl.engine.database import Database
from strangler_etl.examination.finding import Check, Finding, ok, warning
from strangler_etl.examination.table_use import TableUse

_NAME = "indexes of references"


def reference_check(database: Database, uses: Sequence[TableUse]) -> Check:
    """Look for foreign keys without an index that refer to tables strangler deletes from."""
    return Check(_NAME, lambda: _findings(database, [use.name for use in uses if use.written]))


def _findings(database: Database, written: Sequence[str]) -> Iterable[Finding]:
    found = database.unindexed_references(written)
    if not found:
        return [ok(_NAME, "none is missing")]
    return [
        warning(
            _NAME,
            f"missing from {', '.join(map(str, found))}: each row deleted there has the referring table read whole",
            "; ".join(reference.mend for reference in found),
        )
    ]
