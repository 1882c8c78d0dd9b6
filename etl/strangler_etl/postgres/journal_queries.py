"""The queries of a PostgreSQL journal; positions are snapshots, and tell what was committed when one was taken."""

from __future__ import annotations

FUTURE = """
SELECT pg_snapshot_xmax(%s::pg_snapshot) > pg_snapshot_xmax(pg_current_snapshot())
"""

IS_BEHIND = "SELECT pg_snapshot_xmax(%s::pg_snapshot) < pg_snapshot_xmax(%s::pg_snapshot)"

# In parts, so that no transaction of it is long.
FORGET_CHANGES = """
DELETE FROM strangler.journal
 WHERE seq IN (SELECT seq FROM strangler.journal
                WHERE table_name = ANY(%s) AND xid < pg_snapshot_xmax(%s::pg_snapshot)
                  AND pg_visible_in_snapshot(xid, %s::pg_snapshot)
                  AND (%s::pg_snapshot IS NULL OR pg_visible_in_snapshot(xid, %s::pg_snapshot))
                LIMIT 10000)
"""

CHANGES = """
SELECT DISTINCT table_name, key, number
  FROM strangler.journal
 WHERE table_name = ANY(%s)
   AND (%s::pg_snapshot IS NULL
        OR xid >= pg_snapshot_xmin(%s::pg_snapshot) AND NOT pg_visible_in_snapshot(xid, %s::pg_snapshot))
 ORDER BY table_name, key, number
"""

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
