"""The ways rows can take from one database to the other."""

from __future__ import annotations

from enum import StrEnum

from strangler_etl.database import CopyingDatabase, Database


class CopyPath(StrEnum):
    """How rows travel, fastest first."""

    TEXT = "COPY text"
    """As blocks of text that nobody here looks into."""
    ROWS = "rows"
    """One by one, as values of Python."""

    @property
    def rows_per_second(self) -> int:
        """A cautious guess for rows of ten columns, for estimates only."""
        return {CopyPath.TEXT: 100_000, CopyPath.ROWS: 20_000}[self]


def path_between(source: Database, target: Database) -> CopyPath:
    """The way `strangler_etl.transfer` takes."""
    both = isinstance(source, CopyingDatabase) and isinstance(target, CopyingDatabase)
    return CopyPath.TEXT if both else CopyPath.ROWS
