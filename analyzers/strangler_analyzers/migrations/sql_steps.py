"""The steps of SQL statements."""

from __future__ import annotations

import ast
import logging
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from strangler_analyzers.frameworks.sql.statements import HOLE
from strangler_analyzers.migrations.calls import lines_of
from strangler_analyzers.migrations.incompatibility import StepKind
from strangler_analyzers.migrations.operations import NamedTable
from strangler_analyzers.migrations.schema_step import SchemaStep
from strangler_analyzers.migrations.widening import spelled_by_sql

if TYPE_CHECKING:
    from sqlglot import exp


_CHANGES = re.compile(r"\b(?:alter|drop)\s+table\b|\brename\b", re.IGNORECASE)
"""Changes to look for in a statement that cannot be parsed."""


def statement_steps(texts: Iterable[str | None], call: ast.Call, operation: str) -> Iterator[SchemaStep]:
    """The steps of SQL statements; an unknown or unparsable text gives a step that says so."""
    for text in texts:
        steps = None if text is None or HOLE in text else _read(text)
        for kind, table, column, type_, among in steps or ():
            yield SchemaStep(*lines_of(call), operation, kind, NamedTable(table), column, spelled_by_sql(type_), among)
        if steps is None and (text is None or HOLE in text or _CHANGES.search(text)):
            yield SchemaStep(*lines_of(call), operation, StepKind.UNREAD, NamedTable(""))


def _read(text: str) -> list[_Found] | None:
    """The steps of statements; None if they cannot be parsed."""
    # Imported only if there is SQL to parse: the import takes longer than the analysis of a small program.
    import sqlglot  # noqa: PLC0415
    from sqlglot.errors import SqlglotError  # noqa: PLC0415

    logger = logging.getLogger("sqlglot")
    before, logger.disabled = logger.disabled, True
    try:
        statements = sqlglot.parse(text, read="postgres")
    except (SqlglotError, RecursionError, ValueError):
        return None
    finally:
        logger.disabled = before
    return [step for statement in statements for step in _of_statement(statement)]


_Found = tuple[StepKind, str, str, str, tuple[str, ...]]


def _of_statement(statement: exp.Expr | None) -> Iterator[_Found]:
    from sqlglot import exp  # noqa: PLC0415 - as above

    match statement:
        case exp.Drop() if statement.args.get("kind") == "TABLE":
            for table in statement.args.get("tables") or ():
                yield StepKind.REMOVES_TABLE, table.name, "", "", ()
        case exp.Create() if statement.args.get("unique"):
            table = statement.find(exp.Table)
            if table is not None:
                among = tuple(column.name for column in statement.find_all(exp.Column))
                yield StepKind.CONSTRAINS, table.name, "", "", among
        case exp.Alter() if statement.args.get("kind") == "TABLE":
            for action in statement.args.get("actions") or ():
                for kind, column, type_, among in _of_action(action):
                    yield kind, statement.this.name, column, type_, among
        case _:
            pass


def _of_action(action: exp.Expr) -> Iterator[tuple[StepKind, str, str, tuple[str, ...]]]:
    from sqlglot import exp  # noqa: PLC0415 - as above

    match action:
        case exp.Drop() if action.args.get("kind") == "COLUMN":
            for column in action.args.get("tables") or ():
                yield StepKind.REMOVES_COLUMN, column.name, "", ()
        case exp.RenameColumn():
            yield StepKind.RENAMES_COLUMN, action.this.name, "", ()
        case exp.AlterRename():
            yield StepKind.RENAMES_TABLE, "", "", ()
        case exp.ColumnDef():
            required = action.find(exp.NotNullColumnConstraint, exp.PrimaryKeyColumnConstraint)
            filled = action.find(
                exp.DefaultColumnConstraint, exp.GeneratedAsIdentityColumnConstraint, exp.ComputedColumnConstraint
            )
            if required is not None and filled is None:
                yield StepKind.ADDS_REQUIRED, action.this.name, "", ()
        case exp.AlterColumn():
            if action.args.get("allow_null") is False:
                yield StepKind.FORBIDS_NULL, action.this.name, "", ()
            if action.args.get("dtype") is not None:
                yield StepKind.CHANGES_TYPE, action.this.name, action.args["dtype"].sql("postgres").lower(), ()
        case exp.AddConstraint():
            if action.find(exp.UniqueColumnConstraint, exp.CheckColumnConstraint, exp.PrimaryKey) is not None:
                schema = action.find(exp.Schema)
                yield StepKind.CONSTRAINS, "", "", tuple(each.name for each in schema.expressions) if schema else ()
        case _:
            pass
