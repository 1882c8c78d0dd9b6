"""What a framework does to rows that go along when others are deleted, told the same way for each of them."""

from __future__ import annotations

from collections.abc import Iterator

from strangler.model.system import AccessMode, Confidence
from strangler_analyzers.linker.knowledge import Access


def changed(table: str, operation: str) -> Iterator[Access]:
    """Rows are looked for, and changed if there are any."""
    yield looked_for(table, operation)
    yield changed_unseen(table, operation)


def looked_for(table: str, operation: str) -> Access:
    """Rows are read to see whether something has to be done to them."""
    return Access(table, AccessMode.READ, operation, Confidence.LIKELY)


def changed_unseen(table: str, operation: str) -> Access:
    """Rows are changed, if there are any, without being looked for."""
    return Access(table, AccessMode.WRITE, operation, Confidence.LIKELY)
