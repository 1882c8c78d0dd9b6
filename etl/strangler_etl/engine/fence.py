"""The fence of a database: tables of which the other side of the migration has the authority refuse every write."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from strangler_etl.engine.session import Session


class Fence(ABC):
    """The fence in the database of a session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @abstractmethod
    def close(self, tables: Sequence[str]) -> None:
        """Refuse every write to the tables from the end of this transaction on, in which they are `Session.locked`."""

    @abstractmethod
    def loosen(self, tables: Sequence[str]) -> None:
        """Refuse by the statement instead of by the row, in a transaction like that of `close`, where that costs less.

        For tables that are being filled: what is written to a partition of theirs directly, or by a server that
        replicates, is not refused.
        """

    @abstractmethod
    def loose(self, tables: Sequence[str]) -> frozenset[str]:
        """Those of the tables that refuse by the statement only."""

    @abstractmethod
    def open(self, tables: Sequence[str]) -> None:
        """Accept writes to the tables again; who writes to tables that are open already is not waited for."""

    @abstractmethod
    def closed(self, tables: Sequence[str]) -> frozenset[str]:
        """Those of the tables that refuse writes."""

    @abstractmethod
    def kept_closed(self, tables: Sequence[str]) -> frozenset[str]:
        """Those of the tables that refuse writes, and go on to refuse them until the end of this transaction."""
