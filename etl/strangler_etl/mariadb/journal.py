"""A stand-in for the journal that MariaDB lacks: a copy shows the moments at which its chunks were read."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping, Sequence

from strangler_etl.engine.journal import Change, Changes, Journal, JournaledTable, JournalFault
from strangler_etl.errors import DatabaseError

NOT_FOLLOWED = (
    "changes of a MariaDB or MySQL database are not followed yet: what users write from the copy on is found by"
    " etl verify, and mended by --repair, but there is no cut-over"
)


class UnkeptJournal(Journal):
    """A journal that records nothing."""

    lacking = NOT_FOLLOWED

    def install(self, tables: Sequence[JournaledTable]) -> frozenset[str]:
        """Install nothing; return no tables."""
        return frozenset()

    def remove(self, tables: Sequence[str]) -> None:
        """Change nothing."""

    def faults(self, tables: Sequence[JournaledTable]) -> tuple[JournalFault, ...]:
        """No faults beside that the journal is `lacking`."""
        return ()

    def gaps(self, tables: Sequence[str]) -> tuple[str, ...]:
        """No gaps: nothing is journaled."""
        return ()

    def changes(self, since: str | None, tables: Sequence[str], most: int | None = None) -> Changes:
        """No changes are known."""
        return Changes("0", time.time(), ())

    def linked(
        self, since: str | None, changes: Iterable[Change], together: Mapping[str, Collection[str]]
    ) -> Sequence[Change]:
        """None: no changes are known."""
        return ()

    def is_beyond(self, position: str, since: str) -> bool:
        """False: nothing is ever deleted."""
        return False

    def forget(self, until: str, tables: Sequence[str], *, published: str | None = None) -> int:
        """Delete nothing."""
        return 0

    def length(self, tables: Sequence[str]) -> int:
        """0: there are no records."""
        return 0


def not_followed(database: str) -> DatabaseError:
    """The error for an operation that needs a journal."""
    return DatabaseError(database, NOT_FOLLOWED)
