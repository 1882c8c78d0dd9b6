"""How PostgreSQL compares a foreign key with its parent when the key is made.

It joins the two tables by hashing, unless that is disabled. Where parents are stored in the order of their keys and
these are numbers, merging two nearly sorted lists takes a third less time (docs/performance.md). The parents are read
in storage order: by an index, every page would be read one at a time, because none is marked all-visible yet. With few
children, each is looked up in the index, as the planner decides. Two lanes that take turns leave rows of two chunks on
each page: that is still the order of the keys, with a correlation of .5 at worst.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from strangler_etl.engine.session import Session

_IN_ORDER = """
SELECT coalesce(bool_and(atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
                         AND coalesce(abs(correlation), 0) > 0.4), false)
       AND (SELECT reltuples FROM pg_class WHERE oid = to_regclass(%s)) * 20 > min(parent.reltuples)
  FROM pg_index
  JOIN pg_class AS parent ON parent.oid = indrelid
  JOIN pg_namespace ON pg_namespace.oid = relnamespace
  LEFT JOIN pg_attribute AS attribute ON attrelid = indrelid AND attnum = indkey[0]
  LEFT JOIN pg_stats ON schemaname = nspname AND tablename = relname AND pg_stats.attname = attribute.attname
                    AND NOT inherited
 WHERE indrelid = to_regclass(%s) AND indisunique AND indisvalid AND indpred IS NULL
"""
_FORBIDDEN = ("enable_hashjoin", "enable_indexscan", "enable_indexonlyscan", "enable_bitmapscan")
_READ = "SELECT " + ", ".join(f"current_setting('{name}')" for name in _FORBIDDEN)
_SET = "SELECT " + ", ".join(f"set_config('{name}', %s, true)" for name in _FORBIDDEN)


@contextmanager
def comparing(session: Session, table: str, parent: str) -> Generator[None]:
    """Compare a foreign key of `table` to `parent`, made by the block in a transaction, in the fastest way."""
    if not _merges(session, table, parent):
        yield
        return
    usual = session.rows(_READ)[0]
    session.rows(_SET, ["off"] * len(_FORBIDDEN))
    yield
    session.rows(_SET, usual)


def _merges(session: Session, table: str, parent: str) -> bool:
    """Whether the parents are stored in the order of every key, all keys begin with a number, and children are not few.

    All of it is as of the tables' last ANALYZE.
    """
    found = session.rows(_IN_ORDER, [session.quoted(table), session.quoted(parent)])
    return found == [(True,)]
