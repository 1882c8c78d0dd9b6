"""A stand-in for the fence that MariaDB lacks: its tables stay open, as their service cannot get the authority."""

from __future__ import annotations

from collections.abc import Sequence

from strangler_etl.engine.fence import Fence, RefusedWrites
from strangler_etl.mariadb.journal import not_followed


class NoFence(Fence):
    """A fence that does not exist."""

    def close(self, tables: Sequence[str]) -> None:
        """Raise DatabaseError."""
        raise not_followed(self._session.address)

    def loosen(self, tables: Sequence[str]) -> None:
        """Change nothing."""

    def loose(self, tables: Sequence[str]) -> frozenset[str]:
        """None."""
        return frozenset()

    def open(self, tables: Sequence[str]) -> None:
        """Change nothing: they are open."""

    def closed(self, tables: Sequence[str]) -> frozenset[str]:
        """None."""
        return frozenset()

    def kept_closed(self, tables: Sequence[str]) -> frozenset[str]:
        """None."""
        return frozenset()

    def refused(self) -> RefusedWrites | None:
        """None: nothing that a refused transaction notes would remain."""
        return None
