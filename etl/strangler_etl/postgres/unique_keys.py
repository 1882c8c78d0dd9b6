"""The keys of a PostgreSQL table, as they are, and as they were when a run dropped them.

Only a key that can be made again exactly as it was may be dropped: plain columns in their default order, collation and
operator class, no options of its own, and nothing that depends on it. A key that would have to be made within a time
limit is not dropped either, as a large table may need longer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from strangler_etl.engine.schema import AwayKey, UniqueKey
from strangler_etl.engine.session import Session

# Foreign keys depend on the index of their parent; a query that groups by a primary key depends on the constraint.

_UNIQUE_KEYS = """
SELECT class.relname::text, made.relname::text, coalesce(contype = 'p', false),
       (SELECT coalesce(jsonb_agg(attname ORDER BY place), '[]')::text
          FROM unnest(indkey::smallint[]) WITH ORDINALITY AS part(number, place)
          JOIN pg_attribute ON attrelid = indrelid AND attnum = number
         WHERE place <= indnkeyatts),
       CASE WHEN own.oid IS NULL THEN format('DROP INDEX %%I.%%I', nspname, made.relname)
            ELSE format('ALTER TABLE %%s DROP CONSTRAINT %%I', written, conname) END,
       concat(CASE WHEN own.oid IS NULL THEN pg_get_indexdef(made.oid)
                   ELSE format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', written, conname,
                               pg_get_constraintdef(own.oid))
                   END,
              '; COMMENT ON CONSTRAINT ' || quote_ident(conname) || ' ON ' || written || ' IS '
              || quote_literal(obj_description(own.oid, 'pg_constraint')),
              format('; COMMENT ON INDEX %%I.%%I IS ', nspname, made.relname)
              || quote_literal(obj_description(made.oid, 'pg_class'))),
       class.relkind = 'r' AND NOT class.relispartition AND pg_has_role(class.relowner, 'USAGE')
       AND current_setting('statement_timeout') = '0'
       AND coalesce(current_setting('transaction_timeout', true), '0') = '0'
       AND class.relreplident <> 'i' AND indisvalid AND NOT indisexclusion AND NOT indisclustered
       AND indpred IS NULL AND indexprs IS NULL AND made.reloptions IS NULL AND made.reltablespace = 0
       AND amname = 'btree' AND NOT coalesce((to_jsonb(index) ->> 'indnullsnotdistinct')::boolean, false)
       AND NOT EXISTS (SELECT FROM unnest(indclass::oid[]) AS class(number)
                         JOIN pg_opclass ON pg_opclass.oid = number WHERE NOT opcdefault)
       AND NOT EXISTS (SELECT FROM unnest(indkey::smallint[], indcollation::oid[]) AS part(number, collation_)
                         JOIN pg_attribute ON attrelid = indrelid AND attnum = number
                        WHERE collation_ <> attcollation)
       AND NOT EXISTS (SELECT FROM pg_inherits WHERE class.oid IN (inhrelid, inhparent))
       AND NOT EXISTS (SELECT FROM pg_publication_tables WHERE schemaname = nspname AND tablename = class.relname)
       AND NOT EXISTS (SELECT FROM pg_depend
                        WHERE (refclassid = 'pg_class'::regclass AND refobjid = made.oid AND deptype = 'n')
                           OR (refclassid = 'pg_constraint'::regclass AND refobjid = own.oid AND deptype = 'n')
                           OR (classid = 'pg_class'::regclass AND objid = made.oid AND deptype IN ('x', 'e')))
  FROM pg_index AS index
  JOIN pg_class AS class ON class.oid = indrelid
  JOIN pg_namespace ON pg_namespace.oid = class.relnamespace
  JOIN pg_class AS made ON made.oid = indexrelid
  JOIN pg_am ON pg_am.oid = made.relam
  JOIN LATERAL (SELECT format('%%I.%%I', nspname, class.relname) AS written) AS named ON true
  LEFT JOIN pg_constraint AS own ON own.conindid = made.oid AND own.contype IN ('p', 'u')
 WHERE indisunique AND class.relname = ANY(%s) AND pg_table_is_visible(class.oid)
 ORDER BY 1, 3 DESC, 2
"""

# A user without access to the schema, as on the side of the monolith, must still be able to read its tables.

_READABLE = """
SELECT EXISTS (SELECT FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
                WHERE nspname = 'strangler' AND relname = 'dropped_key'
                  AND has_schema_privilege(pg_namespace.oid, 'USAGE') AND has_table_privilege(pg_class.oid, 'SELECT'))
"""

_AWAY = """
SELECT service, table_name, name, is_primary, columns, definition
  FROM strangler.dropped_key
 ORDER BY table_name, is_primary DESC, name
"""


def unique_keys(session: Session, tables: Iterable[str]) -> Sequence[UniqueKey]:
    """The keys of the tables, the primary one first; `drop` is None where one could not be made again as it is."""
    found = session.rows(_UNIQUE_KEYS, [list(tables)])
    return [
        UniqueKey(str(table), str(name), bool(primary), _names(columns), str(drop) if droppable else None, str(make))
        for table, name, primary, columns, drop, make, droppable in found
    ]


def keys_away(session: Session) -> Sequence[AwayKey]:
    """The keys that runs of all services have dropped and not made again yet."""
    # Earlier versions dropped none, and had no table for it; this may be a transaction that must not fail.
    if session.rows(_READABLE) != [(True,)]:
        return ()
    return [
        AwayKey(str(service), str(table), str(name), bool(primary), _names(columns), str(definition))
        for service, table, name, primary, columns, definition in session.rows(_AWAY)
    ]


def _names(array: object) -> tuple[str, ...]:
    return tuple(map(str, json.loads(str(array))))
