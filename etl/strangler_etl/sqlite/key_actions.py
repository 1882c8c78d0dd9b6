"""What foreign keys of a SQLite database do by themselves, and how whole rows of any table are written."""

from __future__ import annotations

from strangler_etl.engine.key_actions import Effect, KeyAction, Shape, actions_of
from strangler_etl.engine.keys import Key, KeyPart
from strangler_etl.engine.session import Session

# A key that names no columns of its parent refers to the primary key.
_FOREIGN_KEYS = """
SELECT child.name, reference.id, parent.name, reference."from", coalesce(reference."to", own.name),
       reference.on_delete, reference.on_update
  FROM sqlite_master AS child
  JOIN pragma_foreign_key_list(child.name) AS reference
  JOIN sqlite_master AS parent ON parent.type = 'table' AND lower(parent.name) = lower(reference."table")
  LEFT JOIN pragma_table_info(parent.name) AS own ON reference."to" IS NULL AND own.pk = reference.seq + 1
 WHERE child.type = 'table'
 ORDER BY child.name, reference.id, reference.seq
"""


def foreign_keys(session: Session) -> tuple[KeyAction, ...]:
    """The foreign keys of the database; empty where none is enforced now."""
    if session.rows("PRAGMA foreign_keys") == [(0,)]:
        return ()
    rows = (
        (
            int(str(number)),
            session.quoted(str(child)),
            session.quoted(str(parent)),
            str(own),
            str(referred),
            _effect(str(deleted)),
            _effect(str(updated)),
        )
        for child, number, parent, own, referred, deleted, updated in session.rows(_FOREIGN_KEYS)
    )
    return tuple(actions_of(rows))


def shape_of(session: Session, table: str) -> Shape:
    """How rows of the table are written; its name is given as SQL writes it."""
    name = table[1:-1].replace('""', '"')
    # Generated columns are not listed.
    listed = session.rows("SELECT name, type, pk FROM pragma_table_info(?)", [name])
    found = [(str(column), str(type_), int(str(place))) for column, type_, place in listed]
    key = [(column, type_) for column, type_, place in sorted(found, key=lambda row: row[2]) if place]
    parts = [KeyPart(session.quoted(column), type_) for column, type_ in key] or [KeyPart("rowid", "INTEGER")]
    return Shape(table, tuple(column for column, _, _ in found), tuple(column for column, _ in key), Key(tuple(parts)))


def _effect(said: str) -> Effect:
    return Effect(said) if said in {*Effect} else Effect.NOTHING
