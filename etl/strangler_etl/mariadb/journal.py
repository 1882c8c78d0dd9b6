"""That no journal is kept in MariaDB yet: a copy is that of the moments at which its chunks were read."""

from __future__ import annotations

import time
from collections.abc import Sequence

from strangler_etl.engine.journal import Changes, Journal, JournaledTable, JournalFault
from strangler_etl.errors import DatabaseError

NOT_FOLLOWED = (
    "changes of a MariaDB or MySQL database are not followed yet: what users write from the copy on is found by"
    " etl verify, and mended by --repair, but there is no cut-over"
)


class UnkeptJournal(Journal):
    """A journal that holds nothing."""

    lacking = NOT_FOLLOWED

    def install(self, tables: Sequence[JournaledTable]) -> frozenset[str]:
        """Begin nothing."""
        return frozenset()

    def remove(self, tables: Sequence[str]) -> None:
        """Change nothing."""

    def faults(self, tables: Sequence[JournaledTable]) -> tuple[JournalFault, ...]:
        """None beside that it is `lacking`."""
        return ()

    def gaps(self, tables: Sequence[str]) -> tuple[str, ...]:
        """None that could be told: nothing is journaled."""
        return ()

    def changes(self, since: str | None, tables: Sequence[str], most: int | None = None) -> Changes:
        """Nothing is known of what has changed."""
        return Changes("0", time.time(), ())

    def renumbers(self, since: str | None, changes: Changes) -> bool:
        """Nothing is known of it."""
        return False

    def is_beyond(self, position: str, since: str) -> bool:
        """Nothing is deleted."""
        return False

    def forget(self, until: str, tables: Sequence[str], *, published: str | None = None) -> int:
        """Delete nothing."""
        return 0

    def length(self, tables: Sequence[str]) -> int:
        """Nothing is there."""
        return 0


def not_followed(database: str) -> DatabaseError:
    """The error for what needs a journal."""
    return DatabaseError(database, NOT_FOLLOWED)
