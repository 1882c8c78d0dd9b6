"""The fence in a PostgreSQL database: triggers that refuse, and are enabled and disabled."""

from __future__ import annotations

from collections.abc import Sequence

from strangler_etl.fence import Fence
from strangler_etl.postgres import definitions
from strangler_etl.postgres.triggers import drop_triggers, tables_with, triggers_of_tables


class PostgresFence(Fence):
    """The fence of a PostgreSQL database."""

    def close(self, tables: Sequence[str]) -> None:
        prepared = tables_with(self._session, definitions.FENCE_TRIGGERS, definitions.PRESENT)
        for name in tables:
            if name not in prepared:
                drop_triggers(self._session, name, definitions.FENCE_TRIGGERS)
                self._session.execute(definitions.fence_triggers(self._session.quoted(name)))
            for trigger in definitions.FENCE_TRIGGERS:
                self._session.execute(f"ALTER TABLE {self._session.quoted(name)} ENABLE ALWAYS TRIGGER {trigger}")

    def open(self, tables: Sequence[str]) -> None:
        # Disabling what is disabled would wait for every writer, and let all later ones wait behind it.
        enabled = triggers_of_tables(self._session, definitions.FENCE_TRIGGERS, definitions.FIRING)
        for name in sorted(set(tables) & enabled.keys()):
            for trigger in enabled[name]:
                self._session.execute(f"ALTER TABLE {self._session.quoted(name)} DISABLE TRIGGER {trigger}")

    def closed(self, tables: Sequence[str]) -> frozenset[str]:
        return tables_with(self._session, definitions.FENCE_TRIGGERS, definitions.FIRING) & frozenset(tables)

    def kept_closed(self, tables: Sequence[str]) -> frozenset[str]:
        # What a writer holds; a trigger can not be enabled or disabled beside it.
        names = ", ".join(map(self._session.quoted, sorted(tables)))
        self._session.execute(f"LOCK TABLE {names} IN ROW EXCLUSIVE MODE")
        return self.closed(tables)
