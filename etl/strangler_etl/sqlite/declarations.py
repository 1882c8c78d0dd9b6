"""What a SQLite database declares of a table beyond its columns' types."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

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
from strangler_etl.engine.session import Session, Value

_EFFECTS = {effect.value: effect for effect in Effect}


def declaration_of(session: Session, table: str) -> Declaration:
    """The declarations of one table."""
    columns = session.rows("SELECT name, type, dflt_value, pk, hidden FROM pragma_table_xinfo(?)", [table])
    others = {
        f"the trigger {name}": "write what it does into the service"
        for (name,) in session.rows(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ? AND name NOT LIKE 'strangler%'",
            [table],
        )
    }
    keys = [str(name) for name, type_, _, place, _ in columns if place and str(type_).upper() == "INTEGER"]
    single = sum(1 for *_, place, _ in columns if place) == 1
    checks = _checks(session, table)
    if checks is None:
        others["its CHECK constraints"] = "its statement could not be read"
    return Declaration(
        {name: Numbering() for name in keys if single},
        {str(name): Condition(str(default)) for name, _, default, _, _ in columns if default is not None},
        {str(name): "an expression" for name, _, _, _, hidden in columns if hidden in {2, 3}},
        checks or (),
        tuple(_indexes(session, table)),
        tuple(_references(session, table)),
        others=others,
    )


def _checks(session: Session, table: str) -> tuple[DeclaredCheck, ...] | None:
    """The CHECK constraints; None where the statement that created the table cannot be parsed."""
    ((statement,),) = session.rows("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", [table])
    if "check" not in str(statement).lower():
        return ()
    try:
        tree = parse_one(str(statement), dialect="sqlite")
    except SqlglotError:
        return None
    found = tree.find_all(exp.CheckColumnConstraint)
    return tuple(
        DeclaredCheck(f"CHECK ({sql})", Condition(sql))
        for sql in (check.this.sql(dialect="sqlite") for check in found if isinstance(check.this, exp.Expr))
    )


def _indexes(session: Session, table: str) -> Iterator[DeclaredIndex]:
    listed = session.rows('SELECT name, "unique", origin, partial FROM pragma_index_list(?) ORDER BY name', [table])
    for name, unique, origin, partial in listed:
        if origin == "pk":
            continue
        found = session.rows("SELECT name, desc, coll FROM pragma_index_xinfo(?) WHERE key ORDER BY seqno", [str(name)])
        sorted_otherwise = any(str(coll).upper() != "BINARY" for *_, coll in found)
        yield DeclaredIndex(
            str(name),
            tuple(IndexPart(_column(column), " DESC" if desc else "") for column, desc, _ in found),
            bool(unique),
            where=Condition("TRUE", "its condition, which SQLite does not tell apart") if partial else None,
            odd="it compares texts in a way of SQLite's" if sorted_otherwise else None,
            constraint="" if origin == "u" else None,
        )


def _column(value: Value) -> str | None:
    return None if value is None else str(value)


def _references(session: Session, table: str) -> Iterator[DeclaredReference]:
    found = session.rows(
        'SELECT key.id, parent.name, key."from", coalesce(key."to", own.name), key.on_delete, key.on_update'
        " FROM pragma_foreign_key_list(?) AS key"
        " JOIN sqlite_master AS parent ON parent.type = 'table' AND lower(parent.name) = lower(key.\"table\")"
        ' LEFT JOIN pragma_table_info(parent.name) AS own ON key."to" IS NULL AND own.pk = key.seq + 1'
        " ORDER BY key.id, key.seq",
        [table],
    )
    for number in dict.fromkeys(row[0] for row in found):
        parts = [row for row in found if row[0] == number]
        _, parent, _, _, deleted, updated = parts[0]
        own = tuple(str(part[2]) for part in parts)
        yield DeclaredReference(
            f"{table} ({', '.join(own)})",
            own,
            str(parent),
            tuple(str(part[3]) for part in parts),
            _EFFECTS.get(str(deleted), Effect.NOTHING),
            _EFFECTS.get(str(updated), Effect.NOTHING),
            restricts="RESTRICT" in {deleted, updated},
        )
