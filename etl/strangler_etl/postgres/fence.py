"""The fence in a PostgreSQL database: triggers that refuse writes, and that are enabled and disabled."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from strangler_etl.engine.fence import Fence, RefusedWrites
from strangler_etl.errors import LockTimeoutError
from strangler_etl.postgres import catalogue, trigger_definitions
from strangler_etl.postgres.locks import lock_timeout
from strangler_etl.postgres.loose_journal import note_inserts, refuse_inserts
from strangler_etl.postgres.triggers import drop_triggers, tables_with, triggers_of_tables

_BY_ROW = "strangler_fence_rows"
_BY_STATEMENT = "strangler_fence_statements"
_LOCK_SECONDS = 0.2
_REFUSED = """
SELECT counted.last_value, floor(last.last_value / 4294967296) + 946684800,
       (SELECT relname::text FROM pg_class
         WHERE oid = coalesce(pg_partition_root((last.last_value & 4294967295)::oid),
                              (last.last_value & 4294967295)::oid))
  FROM strangler.refused_writes AS counted, strangler.last_refused_write AS last
 WHERE counted.is_called AND last.is_called
"""
"""Count, time and table of refused writes, as `strangler.refuse_write` notes them."""
_ALL = (_BY_ROW, _BY_STATEMENT, trigger_definitions.FENCE_TRIGGERS[1])


class PostgresFence(Fence):
    """The fence of a PostgreSQL database."""

    def close(self, tables: Sequence[str]) -> None:
        prepared = tables_with(self._session, trigger_definitions.FENCE_TRIGGERS, catalogue.PRESENT)
        for name in tables:
            if name not in prepared:
                drop_triggers(self._session, name, trigger_definitions.FENCE_TRIGGERS)
                self._session.execute(trigger_definitions.fence_triggers(self._session.quoted(name)))
            self._enable(name, trigger_definitions.FENCE_TRIGGERS)
        note_inserts(self._session, tables)
        self._disable(tables, [_BY_STATEMENT])

    def loosen(self, tables: Sequence[str]) -> None:
        self.close(tables)
        prepared = tables_with(self._session, [_BY_STATEMENT], catalogue.PRESENT)
        for name in tables:
            if name not in prepared:
                self._session.execute(trigger_definitions.loose_fence_trigger(self._session.quoted(name)))
            self._enable(name, [_BY_STATEMENT])
            self._take_away(name)
        refuse_inserts(self._session, tables)

    def _take_away(self, table: str) -> None:
        """Remove the row-level trigger, or disable it.

        COPY writes row by row wherever such a trigger exists, even disabled. But dropping it makes readers wait.
        """
        try:
            with self._session.transaction(), lock_timeout(self._session, [table], _LOCK_SECONDS):
                drop_triggers(self._session, table, [_BY_ROW])
        except LockTimeoutError:
            self._disable([table], [_BY_ROW])

    def loose(self, tables: Sequence[str]) -> frozenset[str]:
        return self._firing(trigger_definitions.LOOSE_FENCE_TRIGGERS, tables) - self._firing([_BY_ROW], tables)

    def open(self, tables: Sequence[str]) -> None:
        note_inserts(self._session, tables)
        self._disable(tables, _ALL)

    def closed(self, tables: Sequence[str]) -> frozenset[str]:
        by_row = self._firing(trigger_definitions.FENCE_TRIGGERS, tables)
        return by_row | self._firing(trigger_definitions.LOOSE_FENCE_TRIGGERS, tables)

    def kept_closed(self, tables: Sequence[str]) -> frozenset[str]:
        # A lock that a writer holds; no trigger can be enabled or disabled while another holds it.
        names = ", ".join(map(self._session.quoted, sorted(tables)))
        self._session.execute(f"LOCK TABLE {names} IN ROW EXCLUSIVE MODE")
        return self.closed(tables)

    def refused(self) -> RefusedWrites | None:
        # Earlier versions did not count.
        if self._session.rows("SELECT to_regclass('strangler.last_refused_write') IS NULL") == [(True,)]:
            return None
        found = self._session.rows(_REFUSED)
        if not found:
            return None
        count, last_at, table = found[0]
        return RefusedWrites(int(str(count)), float(str(last_at)), None if table is None else str(table))

    def _firing(self, triggers: Sequence[str], tables: Iterable[str]) -> frozenset[str]:
        return tables_with(self._session, triggers, catalogue.FIRING) & frozenset(tables)

    def _enable(self, table: str, triggers: Sequence[str]) -> None:
        for trigger in triggers:
            self._session.execute(f"ALTER TABLE {self._session.quoted(table)} ENABLE ALWAYS TRIGGER {trigger}")

    def _disable(self, tables: Sequence[str], triggers: Sequence[str]) -> None:
        # Disabling a trigger that is disabled would wait for every writer, and make all later ones wait behind it.
        enabled = triggers_of_tables(self._session, triggers, catalogue.FIRING)
        for name in sorted(set(tables) & enabled.keys()):
            for trigger in enabled[name]:
                self._session.execute(f"ALTER TABLE {self._session.quoted(name)} DISABLE TRIGGER {trigger}")
