"""The foreign keys between some tables of a PostgreSQL database and its others."""

from __future__ import annotations

from collections.abc import Sequence

from strangler_etl.engine.key_actions import Effect
from strangler_etl.engine.outside_references import RESTRICT, KeyColumn, OutsideReference, references_of_columns
from strangler_etl.engine.session import Session

_ACTIONS = {
    "a": Effect.NOTHING.value,
    "r": RESTRICT,
    "c": Effect.CASCADE.value,
    "n": Effect.SET_NULL.value,
    "d": Effect.SET_DEFAULT.value,
}

_REFERENCES = """
SELECT concat(conname, ' of ', child.relname), child.relname::text, child.oid::regclass::text,
       parent.relname::text, parent.oid::regclass::text, own.attname::text, other.attname::text, confdeltype::text,
       format('ALTER TABLE %%s DROP CONSTRAINT %%I', child.oid::regclass, conname)
  FROM pg_constraint AS reference
  JOIN pg_class AS child ON child.oid = conrelid
  JOIN pg_class AS parent ON parent.oid = confrelid
 CROSS JOIN unnest(conkey, confkey) WITH ORDINALITY AS part(number, of_parent, place)
  JOIN pg_attribute AS own ON own.attrelid = conrelid AND own.attnum = number
  JOIN pg_attribute AS other ON other.attrelid = confrelid AND other.attnum = of_parent
 WHERE contype = 'f' AND conparentid = 0 AND {inside}.relname = ANY(%s) AND pg_table_is_visible({inside}.oid)
   AND NOT ({outside}.relname = ANY(%s) AND pg_table_is_visible({outside}.oid))
 ORDER BY child.relname, conname, child.oid, place
"""


def outside_references(session: Session, tables: Sequence[str]) -> Sequence[OutsideReference]:
    """The foreign keys from other tables to these."""
    return _references(session, tables, inside="parent", outside="child")


def leaving_references(session: Session, tables: Sequence[str]) -> Sequence[OutsideReference]:
    """The foreign keys from these tables to others."""
    return _references(session, tables, inside="child", outside="parent")


def _references(session: Session, tables: Sequence[str], *, inside: str, outside: str) -> Sequence[OutsideReference]:
    columns = (
        KeyColumn(
            str(name),
            str(child),
            str(child_sql),
            str(parent),
            str(parent_sql),
            str(column),
            str(referred),
            _ACTIONS[str(action)],
            str(drop),
        )
        for name, child, child_sql, parent, parent_sql, column, referred, action, drop in session.rows(
            _REFERENCES.format(inside=inside, outside=outside), [list(tables), list(tables)]
        )
    )
    return tuple(references_of_columns(columns))
