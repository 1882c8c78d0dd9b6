"""What MariaDB declares of a table beyond its columns' types (https://mariadb.com/kb/en/information-schema-tables/)."""

from __future__ import annotations

from collections.abc import Iterator

from strangler_etl.engine.declaration import (
    Condition,
    Declaration,
    DeclaredCheck,
    DeclaredIndex,
    DeclaredReference,
    IndexPart,
    Numbering,
)
from strangler_etl.engine.key_actions import Effect
from strangler_etl.engine.session import Session

_COLUMNS = """
SELECT column_name, column_default, extra, is_generated, column_comment FROM information_schema.columns
 WHERE table_schema = DATABASE() AND table_name = %s ORDER BY ordinal_position
"""
_CHECKS = """
SELECT constraint_name, check_clause FROM information_schema.check_constraints
 WHERE constraint_schema = DATABASE() AND table_name = %s AND lower(check_clause) NOT LIKE 'json\\_valid(%%'
 ORDER BY 1
"""
_INDEXES = """
SELECT index_name, non_unique, index_type, column_name, sub_part IS NOT NULL FROM information_schema.statistics
 WHERE table_schema = DATABASE() AND table_name = %s AND index_name <> 'PRIMARY' ORDER BY index_name, seq_in_index
"""
_REFERENCES = """
SELECT part.constraint_name, part.column_name, part.referenced_table_name, part.referenced_column_name,
       made.delete_rule, made.update_rule, part.referenced_table_schema = DATABASE()
  FROM information_schema.key_column_usage AS part
  JOIN information_schema.referential_constraints AS made
    ON made.constraint_schema = part.constraint_schema AND made.constraint_name = part.constraint_name
   AND made.table_name = part.table_name
 WHERE part.table_schema = DATABASE() AND part.table_name = %s
 ORDER BY part.constraint_name, part.ordinal_position
"""
_TRIGGERS = """
SELECT trigger_name FROM information_schema.triggers
 WHERE event_object_schema = DATABASE() AND event_object_table = %s ORDER BY 1
"""
_COMMENT = """
SELECT table_comment FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = %s
"""
_EFFECTS = {effect.value: effect for effect in Effect}


def declaration_of(session: Session, table: str) -> Declaration:
    """The declarations of one table."""
    numbered, defaults = dict[str, Numbering](), dict[str, Condition]()
    computed, comments, others = dict[str, str](), dict[str, str](), dict[str, str]()
    for column, default, extra, generated, comment in session.rows(_COLUMNS, [table]):
        name, further = str(column), str(extra).lower()
        if "auto_increment" in further:
            numbered[name] = Numbering()
        elif str(generated) != "NEVER":
            computed[name] = "an expression"
        elif default is not None and str(default).upper() != "NULL":
            defaults[name] = Condition(str(default))
        if "on update" in further:
            others[f"ON UPDATE of {name}"] = "let the service set it"
        if comment:
            comments[name] = str(comment)
    for (trigger,) in session.rows(_TRIGGERS, [table]):
        others[f"the trigger {trigger}"] = "write what it does into the service"
    ((comment,),) = session.rows(_COMMENT, [table])
    return Declaration(
        numbered,
        defaults,
        computed,
        tuple(DeclaredCheck(str(name), Condition(str(sql))) for name, sql in session.rows(_CHECKS, [table])),
        tuple(_indexes(session, table)),
        tuple(_references(session, table)),
        str(comment) or None,
        comments,
        others=others,
    )


def _indexes(session: Session, table: str) -> Iterator[DeclaredIndex]:
    found = session.rows(_INDEXES, [table])
    for name in dict.fromkeys(str(row[0]) for row in found):
        parts = [row for row in found if row[0] == name]
        unique = not parts[0][1]
        beginnings = any(bool(part[4]) for part in parts)
        odd = None if parts[0][2] == "BTREE" else f"it is of MariaDB's kind {parts[0][2]}"
        yield DeclaredIndex(
            name,
            tuple(IndexPart(str(part[3])) for part in parts),
            unique,
            odd="it is over the beginnings of values" if beginnings else odd,
            constraint="" if unique else None,
        )


def _references(session: Session, table: str) -> Iterator[DeclaredReference]:
    found = session.rows(_REFERENCES, [table])
    for name in dict.fromkeys(str(row[0]) for row in found):
        parts = [row for row in found if row[0] == name]
        _, _, parent, _, deleted, updated, here = parts[0]
        yield DeclaredReference(
            name,
            tuple(str(part[1]) for part in parts),
            str(parent),
            tuple(str(part[3]) for part in parts),
            _EFFECTS.get(str(deleted), Effect.NOTHING),
            _EFFECTS.get(str(updated), Effect.NOTHING),
            # RESTRICT is what MariaDB reports where nothing is declared.
            restricts=False,
            odd=None if here else "it leads to another database",
        )
