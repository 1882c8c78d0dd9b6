"""The fence of a database: tables over which the other side of the migration has authority refuse every write."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from strangler_etl.engine.session import Session


@dataclass(frozen=True, slots=True)
class RefusedWrites:
    """How many writes a database has ever refused, of all its tables, and the last one.

    `last_at` is in seconds since 1970 by the database's clock; `table` is None where it does not exist any more. After
    a crash of the server, the `count` may be up to 32 too high.
    """

    count: int
    last_at: float
    table: str | None


class Fence(ABC):
    """The fence in the database of a session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @abstractmethod
    def close(self, tables: Sequence[str]) -> None:
        """Refuse every write to the tables once this transaction ends; it must hold them `Session.locked`."""

    @abstractmethod
    def loosen(self, tables: Sequence[str]) -> None:
        """Refuse per statement instead of per row, where that costs less; call it in a transaction as for `close`.

        Meant for tables that are being filled: writes directly to one of their partitions, or by a server that
        replicates, are not refused.
        """

    @abstractmethod
    def loose(self, tables: Sequence[str]) -> frozenset[str]:
        """Those of the tables that refuse per statement only."""

    @abstractmethod
    def open(self, tables: Sequence[str]) -> None:
        """Accept writes to the tables again; does not wait for writers to tables that are open already."""

    @abstractmethod
    def closed(self, tables: Sequence[str]) -> frozenset[str]:
        """Those of the tables that refuse writes."""

    @abstractmethod
    def kept_closed(self, tables: Sequence[str]) -> frozenset[str]:
        """Those of the tables that refuse writes, and keep refusing them until the end of this transaction."""

    @abstractmethod
    def refused(self) -> RefusedWrites | None:
        """The writes that were refused; None if there are none, or the engine cannot count what it undoes."""
