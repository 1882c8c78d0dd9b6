"""The queries of a PostgreSQL journal; positions are snapshots, which tell what was committed when they were taken."""

from __future__ import annotations

from strangler_etl.engine.journal import FORGOTTEN

# The time distinguishes records: the same change written again under the same transaction number is written later.
_STAMP = "concat(xid, '.', CAST(extract(epoch FROM written_at) * 1000000 AS bigint))"

# Restoring a dump creates the table again, and mostly the database too; an upgrade in place keeps both numbers.
POSITION = f"""
SELECT pg_current_snapshot()::text, extract(epoch FROM transaction_timestamp())::double precision,
       concat((SELECT oid FROM pg_database WHERE datname = current_database()),
              '.', 'strangler.journal'::regclass::oid),
       coalesce(last.seq, 0), coalesce(last.stamp, '-')
  FROM (SELECT) AS always
       LEFT JOIN (SELECT seq, {_STAMP} AS stamp FROM strangler.journal ORDER BY seq DESC LIMIT 1) AS last ON true
"""

IS_FUTURE = "SELECT pg_snapshot_xmax(%s::pg_snapshot) > pg_snapshot_xmax(pg_current_snapshot())"

# Whether the last record before the position is missing without having been forgotten, or a record behind it is older
# than the position: after the files were restored, transactions reuse numbers that others had before.
IS_REWRITTEN = f"""
SELECT %s::bigint > 0 AND NOT coalesce(
           (SELECT {_STAMP} = %s::text FROM strangler.journal WHERE seq = %s::bigint),
           (SELECT CAST(position AS bigint) >= %s::bigint FROM strangler.stream_position WHERE stream = '{FORGOTTEN}'),
           false)
    OR EXISTS (SELECT FROM (SELECT xid FROM strangler.journal WHERE seq > %s::bigint ORDER BY seq LIMIT 100) AS next
                WHERE pg_visible_in_snapshot(xid, %s::pg_snapshot))
"""

IS_BEYOND = """
SELECT pg_snapshot_xmax(%s::pg_snapshot) > pg_snapshot_xmax(%s::pg_snapshot)
    OR EXISTS (SELECT FROM pg_snapshot_xip(%s::pg_snapshot) AS xid WHERE pg_visible_in_snapshot(xid, %s::pg_snapshot))
"""

IS_BEHIND = "SELECT pg_snapshot_xmax(%s::pg_snapshot) < pg_snapshot_xmax(%s::pg_snapshot)"

# In parts, so that none of its transactions is long.
FORGET_CHANGES = """
DELETE FROM strangler.journal
 WHERE seq IN (SELECT seq FROM strangler.journal
                WHERE table_name = ANY(%s) AND xid < pg_snapshot_xmax(%s::pg_snapshot)
                  AND pg_visible_in_snapshot(xid, %s::pg_snapshot)
                  AND (%s::pg_snapshot IS NULL OR pg_visible_in_snapshot(xid, %s::pg_snapshot))
                LIMIT 10000)
"""

# With a partly read position: what a later snapshot sees, beyond a number.
_SINCE = """
       table_name = ANY(%s)
   AND (%s::pg_snapshot IS NULL
        OR xid >= pg_snapshot_xmin(%s::pg_snapshot) AND NOT pg_visible_in_snapshot(xid, %s::pg_snapshot))
   AND (%s::bigint IS NULL OR seq > %s::bigint OR NOT pg_visible_in_snapshot(xid, %s::pg_snapshot))
"""

CHANGES = f"""
SELECT DISTINCT table_name, key, number FROM strangler.journal WHERE {_SINCE} ORDER BY table_name, key, number
"""

# Ordered by a sum, so that the planner does not walk a long journal by its numbers to find the few new records.
FIRST_CHANGES = f"""
SELECT seq, table_name, key, number FROM strangler.journal WHERE {_SINCE} ORDER BY seq + 0 LIMIT %s
"""

# Behind a part, the next records are found by number; those before it belong to transactions that ended since.
NEXT_CHANGES = """
SELECT seq, table_name, key, number
  FROM ((SELECT * FROM strangler.journal
          WHERE seq > %s AND table_name = ANY(%s) AND NOT pg_visible_in_snapshot(xid, %s::pg_snapshot)
          ORDER BY seq LIMIT %s)
        UNION ALL
        (SELECT * FROM strangler.journal
          WHERE seq <= %s AND table_name = ANY(%s)
            AND xid >= pg_snapshot_xmin(%s::pg_snapshot) AND NOT pg_visible_in_snapshot(xid, %s::pg_snapshot))
       ) AS waiting
 ORDER BY seq LIMIT %s
"""

# Of rows by their tables, keys and numbers: a comparison with the keys of all that waits, and one with its numbers.
LINKED_CHANGES = f"""
WITH given AS MATERIALIZED (
         SELECT * FROM unnest(%s::text[], %s::text[], %s::text[]) AS given (name, its_key, its_number))
SELECT table_name, key, number FROM strangler.journal JOIN given ON table_name = name AND key = its_key WHERE {_SINCE}
 UNION
SELECT table_name, key, number FROM strangler.journal JOIN given ON table_name = name AND number = its_number
 WHERE {_SINCE}
 ORDER BY 1, 2, 3
"""

NOTHING_SEEN = "1:1:"
"""The snapshot that sees no transaction."""

RECORDS_WITHIN = """
  FROM strangler.journal
 WHERE table_name = ANY(%s) AND seq > %s
   AND (%s::pg_snapshot IS NULL
        OR xid >= pg_snapshot_xmin(%s::pg_snapshot) AND NOT pg_visible_in_snapshot(xid, %s::pg_snapshot))
   AND xid < pg_snapshot_xmax(%s::pg_snapshot) AND pg_visible_in_snapshot(xid, %s::pg_snapshot)
"""

RECORDS = f"""
SELECT seq, xid::text, table_name, operation::text, key, image::text,
       extract(epoch FROM written_at)::double precision
{RECORDS_WITHIN}
 ORDER BY seq LIMIT %s
"""

CAUSES_KEPT = "SELECT to_regclass('strangler.journal_cause') IS NOT NULL"

CAUSES = """
SELECT xid::text, after, correlation, causation FROM strangler.journal_cause
 WHERE xid = ANY(CAST(%s AS xid8[])) ORDER BY xid, number
"""

FORGET_CAUSES = """
DELETE FROM strangler.journal_cause AS cause
 WHERE NOT EXISTS (SELECT FROM strangler.journal WHERE journal.xid = cause.xid)
"""

CHANGED_BEFORE = """
SELECT table_name, xid::text, key, seq, image::text
  FROM strangler.journal
 WHERE table_name = ANY(%s) AND xid = ANY(CAST(%s AS xid8[])) AND key = ANY(%s) AND operation IN ('I', 'U')
"""
