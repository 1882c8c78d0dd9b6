"""Fingerprints that change when a PostgreSQL table was rewritten, emptied or created again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from strangler_etl.engine.session import Session

# A table whose rows are rewritten gets another file (https://www.postgresql.org/docs/current/storage-file-layout.html).
# A column keeps its number whatever its name; and rows do not store the names of an enumeration's labels.

_FINGERPRINTS = """
SELECT class.relname::text,
       md5(concat(
           (SELECT string_agg(part.relfilenode::text, ' ' ORDER BY part.oid)
              FROM pg_class AS part
             WHERE part.oid = class.oid OR part.oid IN (SELECT relid FROM pg_partition_tree(class.oid))),
           (SELECT string_agg(concat(' ', attname, '=', attnum, (
                       SELECT string_agg(concat(' ', label.oid, ':', enumlabel), '' ORDER BY label.oid)
                         FROM pg_enum AS label JOIN pg_type AS type ON type.oid = atttypid
                        WHERE enumtypid IN (type.oid, type.typelem, type.typbasetype))), '' ORDER BY attname)
              FROM pg_attribute
             WHERE attrelid = class.oid AND attnum > 0 AND NOT attisdropped AND lower(attname) = ANY(%s))))
  FROM pg_class AS class
 WHERE class.relname = ANY(%s) AND class.relkind IN ('r', 'p') AND pg_table_is_visible(class.oid)
"""


def fingerprints(session: Session, tables: Sequence[str], columns: Collection[str]) -> Mapping[str, str]:
    """The fingerprint of each of the tables, as `Database.fingerprints` has it."""
    named = sorted({name.lower() for name in columns})
    return {str(table): str(found) for table, found in session.rows(_FINGERPRINTS, [named, list(tables)])}
