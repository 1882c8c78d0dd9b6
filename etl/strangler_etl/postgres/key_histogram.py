"""Reads the distribution of a PostgreSQL table's keys from the statistics of its last ANALYZE."""

from __future__ import annotations

from strangler_etl.engine.key_histogram import KeyHistogram
from strangler_etl.engine.session import Session

# Counts of changes are lost when the server crashes, so the table must also be as large as it was.
_HISTOGRAM = """
SELECT reltuples::bigint, histogram_bounds::text
  FROM pg_class AS class
  JOIN pg_namespace ON pg_namespace.oid = relnamespace
  JOIN pg_attribute ON attrelid = class.oid AND attname = %s
  JOIN pg_stats ON schemaname = nspname AND tablename = relname AND pg_stats.attname = pg_attribute.attname
               AND NOT inherited
  JOIN pg_stat_all_tables AS changes ON relid = class.oid
 WHERE class.oid = to_regclass(%s) AND relkind = 'r' AND NOT relhassubclass
   AND atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
   AND n_mod_since_analyze * 100 <= reltuples
   AND abs(pg_relation_size(class.oid) / current_setting('block_size')::int - relpages) * 100 <= relpages
   AND histogram_bounds IS NOT NULL
"""


def key_histogram(session: Session, table: str, column: str) -> KeyHistogram | None:
    """The distribution of a column of whole numbers; None where it is unknown, or one row in a hundred is new."""
    found = session.rows(_HISTOGRAM, [column, session.quoted(table)])
    if not found:
        return None
    rows, written = found[0]
    bounds = sorted({int(bound) for bound in str(written).strip("{}").split(",")})
    return KeyHistogram(tuple(bounds), int(str(rows))) if len(bounds) > 1 else None
