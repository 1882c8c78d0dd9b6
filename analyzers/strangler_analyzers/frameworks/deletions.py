"""The effects of cascading deletions on related rows, in one form for all frameworks."""

from __future__ import annotations

from collections.abc import Iterator

from strangler.model.system import AccessMode, Confidence
from strangler_analyzers.linker.knowledge import Access


def changed(table: str, operation: str) -> Iterator[Access]:
    """Rows are queried, and changed if there are any."""
    yield looked_for(table, operation)
    yield changed_unseen(table, operation)


def looked_for(table: str, operation: str) -> Access:
    """Rows are read to decide whether they must be changed."""
    return Access(table, AccessMode.READ, operation, Confidence.LIKELY)


def changed_unseen(table: str, operation: str) -> Access:
    """Rows are changed, if there are any, without a query first."""
    return Access(table, AccessMode.WRITE, operation, Confidence.LIKELY)
