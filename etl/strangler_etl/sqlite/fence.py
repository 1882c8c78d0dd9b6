"""The fence in a SQLite file: triggers that refuse writes, and that exist only while the fence is closed."""

from __future__ import annotations

from collections.abc import Sequence

from strangler_etl.engine.fence import Fence, RefusedWrites
from strangler_etl.sqlite import definitions
from strangler_etl.sqlite.triggers import drop_triggers, tables_with


class SQLiteFence(Fence):
    """The fence of a SQLite file."""

    def close(self, tables: Sequence[str]) -> None:
        self.open(tables)
        for name in tables:
            for kind in definitions.FENCE_KINDS:
                self._session.execute(definitions.create_fence_trigger(name, kind))

    def loosen(self, tables: Sequence[str]) -> None:
        """Change nothing: SQLite only has row-level triggers."""

    def loose(self, tables: Sequence[str]) -> frozenset[str]:
        return frozenset()

    def open(self, tables: Sequence[str]) -> None:
        for name in tables:
            drop_triggers(self._session, [definitions.fence_trigger(name, kind) for kind in definitions.FENCE_KINDS])

    def closed(self, tables: Sequence[str]) -> frozenset[str]:
        return tables_with(self._session, "strangler_fence_", len(definitions.FENCE_KINDS)) & frozenset(tables)

    def kept_closed(self, tables: Sequence[str]) -> frozenset[str]:
        return self.closed(tables)

    def refused(self) -> RefusedWrites | None:
        """None: nothing that a refused transaction notes would remain."""
        return None
