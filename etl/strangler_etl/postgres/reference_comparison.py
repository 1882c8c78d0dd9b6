"""Whether the rows of a PostgreSQL table lie in the order of its keys.

A foreign key is compared with its parent by a hash join, unless somebody forbids it. Where parents lie in the order of
their keys and these are numbers, two sorted lists are merged in half the time (docs/performance.md); in any other order
the parents, of which nothing is visible to all yet, would be read one page for every row. Two lanes that take turns
leave rows of two chunks on each page: that is the order of the keys all the same, and their correlation .5 at worst.
"""

from __future__ import annotations

from strangler_etl.engine.session import Session

_IN_ORDER = """
SELECT coalesce(bool_and(atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
                         AND coalesce(abs(correlation), 0) > 0.4), false)
  FROM pg_index
  JOIN pg_class AS class ON class.oid = indrelid
  JOIN pg_namespace ON pg_namespace.oid = relnamespace
  LEFT JOIN pg_attribute AS attribute ON attrelid = indrelid AND attnum = indkey[0]
  LEFT JOIN pg_stats ON schemaname = nspname AND tablename = relname AND pg_stats.attname = attribute.attname
                    AND NOT inherited
 WHERE indrelid = to_regclass(%s) AND indisunique AND indisvalid AND indpred IS NULL
"""


def keys_in_order(session: Session, table: str) -> bool:
    """Whether the rows of a table lie in the order of every key, and all begin with a number; as it was analyzed."""
    return session.rows(_IN_ORDER, [session.quoted(table)]) == [(True,)]
