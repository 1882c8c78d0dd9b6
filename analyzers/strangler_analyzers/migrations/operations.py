"""The operations in the source of one Django or Alembic migration, with the names they use.

Django: docs.djangoproject.com, "Migration Operations"; Alembic: alembic.sqlalchemy.org, "Operation Reference".
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from strangler_analyzers.frameworks.sql.statements import read_sql
from strangler_analyzers.migrations.calls import (
    argument_of,
    constants_of,
    name_of,
    parsed,
    receiver_of,
    sql_texts,
    text_of,
)

_MODEL_OPERATIONS = frozenset(
    [
        "CreateModel",
        "DeleteModel",
        "AlterModelTable",
        "AlterUniqueTogether",
        "AlterIndexTogether",
        "AddField",
        "RemoveField",
        "AlterField",
        "RenameField",
        "AddIndex",
        "RemoveIndex",
        "RenameIndex",
        "AddConstraint",
        "RemoveConstraint",
        "AlterConstraint",
    ]
)
_ALEMBIC_TABLE_FIRST = frozenset(
    [
        "create_table",
        "drop_table",
        "add_column",
        "drop_column",
        "alter_column",
        "batch_alter_table",
        "rename_table",
        "bulk_insert",
        "create_table_comment",
        "drop_table_comment",
    ]
)
_ALEMBIC_TABLE_SECOND = frozenset(
    [
        "create_foreign_key",
        "create_index",
        "drop_index",
        "create_unique_constraint",
        "create_check_constraint",
        "create_primary_key",
        "drop_constraint",
    ]
)


@dataclass(frozen=True, slots=True)
class NamedTable:
    """A table by its name in the database."""

    name: str


@dataclass(frozen=True, slots=True)
class NamedModel:
    """A model of Django, in an app by its label; None is the app of the migration itself."""

    app: str | None
    model: str


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation and the tables it touches."""

    line: int
    name: str
    touched: NamedTable | NamedModel


def operations(text: str) -> Iterator[Operation]:
    """Every operation of a migration, by location; empty if it cannot be parsed, which the analysis reports."""
    tree = parsed(text)
    constants = dict(constants_of(tree))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        yield from _of_call(call, constants)


def _of_call(call: ast.Call, constants: Mapping[str, str]) -> Iterator[Operation]:
    name, receiver = name_of(call.func), receiver_of(call.func)
    texts = [text_of(argument, constants) for argument in call.args]
    if name in {"RunSQL", "execute"}:
        for text in sql_texts(call, constants):
            read = read_sql(text, ("postgres",))
            for table, _, verb in read.accesses if read is not None else ():
                yield Operation(call.lineno, f"{name} {verb}", NamedTable(table))
            for created in read.created if read is not None else ():
                yield Operation(call.lineno, f"{name} CREATE", NamedTable(created.name))
                for referred in created.referred:
                    yield Operation(call.lineno, f"{name} REFERENCES", NamedTable(referred))
    elif name == "get_model" and texts and texts[0]:
        app, _, model = texts[0].partition(".")
        model = model or (texts[1] or "" if len(texts) > 1 else "")
        if model:
            yield Operation(call.lineno, "RunPython", NamedModel(app, model))
    elif receiver == "migrations" and name in _MODEL_OPERATIONS:
        model = text_of(argument_of(call, "model_name"), constants) or text_of(argument_of(call, "name"), constants)
        model = model or (texts[0] if texts else None)
        if model:
            yield Operation(call.lineno, name, NamedModel(None, model))
    elif receiver in {"op", "batch_op"}:
        yield from _of_alembic(call, name, texts)
    elif name in {"ForeignKey", "ForeignKeyConstraint"} and receiver != "models":
        yield from _of_key(call, name, constants)


def _of_alembic(call: ast.Call, name: str, texts: list[str | None]) -> Iterator[Operation]:
    found = texts[:1] if name in _ALEMBIC_TABLE_FIRST else []
    if name in _ALEMBIC_TABLE_SECOND:
        found = texts[1:3] if name == "create_foreign_key" else texts[1:2]
        found.append(text_of(argument_of(call, "table_name"), {}))
    for table in found:
        if table:
            yield Operation(call.lineno, name, NamedTable(table))


def _of_key(call: ast.Call, name: str, constants: Mapping[str, str]) -> Iterator[Operation]:
    """The tables a key of SQLAlchemy leads to: ``ForeignKey("a.id")``, ``ForeignKeyConstraint([..], ["a.id"])``."""
    place = 0 if name == "ForeignKey" else 1
    target = call.args[place] if len(call.args) > place else argument_of(call, "column" if place == 0 else "refcolumns")
    for column in target.elts if isinstance(target, ast.List | ast.Tuple) else [target]:
        table = (text_of(column, constants) or "").rpartition(".")[0]
        if table:
            yield Operation(call.lineno, name, NamedTable(table.rpartition(".")[2]))
