"""What foreign keys of a PostgreSQL database do by themselves, and how whole rows of any table are written."""

from __future__ import annotations

from strangler_etl.engine.key_actions import Effect, KeyAction, Shape, actions_of
from strangler_etl.engine.keys import Key, KeyPart
from strangler_etl.engine.session import Session

_EFFECTS = {"c": Effect.CASCADE, "n": Effect.SET_NULL, "d": Effect.SET_DEFAULT}

# A table found without its schema is written without it, as elsewhere. NOT ENFORCED exists since PostgreSQL 18.
_FOREIGN_KEYS = """
SELECT CASE WHEN NOT pg_table_is_visible(child.oid) THEN child.relnamespace::regnamespace::text END,
       child.relname::text,
       CASE WHEN NOT pg_table_is_visible(parent.oid) THEN parent.relnamespace::regnamespace::text END,
       parent.relname::text, reference.oid::bigint, own.attname::text, other.attname::text,
       confdeltype::text, confupdtype::text
  FROM pg_constraint AS reference
  JOIN pg_class AS child ON child.oid = conrelid
  JOIN pg_class AS parent ON parent.oid = confrelid
 CROSS JOIN unnest(conkey, confkey) WITH ORDINALITY AS part(number, of_parent, place)
  JOIN pg_attribute AS own ON own.attrelid = conrelid AND own.attnum = number
  JOIN pg_attribute AS other ON other.attrelid = confrelid AND other.attnum = of_parent
 WHERE contype = 'f' AND conparentid = 0 AND (to_jsonb(reference) ->> 'conenforced') IS DISTINCT FROM 'false'
 ORDER BY child.relname, reference.oid, place
"""

# An identity that accepts no given value (GENERATED ALWAYS) is given by the table again.
_COLUMNS = """
SELECT attname::text, format_type(atttypid, atttypmod), coalesce(attnum = ANY(primary_key.columns), false)
  FROM pg_attribute
  LEFT JOIN (SELECT indrelid, indkey::int2[] AS columns FROM pg_index WHERE indisprimary) AS primary_key
         ON indrelid = attrelid
 WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
   AND (attidentity <> 'a' OR attnum = ANY(primary_key.columns))
 ORDER BY attnum
"""

# Each partition numbers its own places.
_LOCATOR = (KeyPart("tableoid", "oid"), KeyPart("ctid", "tid"))


def foreign_keys(session: Session) -> tuple[KeyAction, ...]:
    """The foreign keys of the database."""
    rows = (
        (
            int(str(number)),
            _written(session, child_schema, child),
            _written(session, parent_schema, parent),
            str(own),
            str(referred),
            _EFFECTS.get(str(deleted), Effect.NOTHING),
            _EFFECTS.get(str(updated), Effect.NOTHING),
        )
        for child_schema, child, parent_schema, parent, number, own, referred, deleted, updated in session.rows(
            _FOREIGN_KEYS
        )
    )
    return tuple(actions_of(rows))


def shape_of(session: Session, table: str) -> Shape:
    """How rows of the table are written; its name is given as SQL writes it."""
    found = [(str(name), str(type_), bool(primary)) for name, type_, primary in session.rows(_COLUMNS, [table])]
    parts = [KeyPart(session.quoted(name), type_) for name, type_, primary in found if primary]
    key = tuple(name for name, _, primary in found if primary)
    return Shape(table, tuple(name for name, _, _ in found), key, Key(tuple(parts or _LOCATOR)))


def _written(session: Session, schema: object, name: object) -> str:
    """The schema is quoted already where it has to be."""
    table = session.quoted(str(name))
    return table if schema is None else f"{schema}.{table}"
