"""Finds steps of new migrations that are incompatible with the release still running.

While a release is deployed, and while it may be taken back, the one before it reads and writes the same tables: what it
knows of them has to stay, and rows it writes have to be taken. What it does not know any more may go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path

from strangler.model.location import Location
from strangler.model.system import Module, ModuleRole, SystemFacts
from strangler.model.tables import Column, Table
from strangler_analyzers.migrations.alembic_steps import alembic_steps
from strangler_analyzers.migrations.django_steps import django_definitions, django_steps, replaced_migrations
from strangler_analyzers.migrations.field_definition import FieldDefinition
from strangler_analyzers.migrations.incompatibility import EXCUSE, Incompatibility, StepKind
from strangler_analyzers.migrations.operations import NamedModel
from strangler_analyzers.migrations.schema_step import SchemaStep
from strangler_analyzers.migrations.table_changes import Tables
from strangler_analyzers.migrations.widening import narrows

_EXCUSED = re.compile(r"(?:#|--)\s*" + EXCUSE.lstrip("# ") + r"\s*\S")


def incompatibilities(root: Path, facts: SystemFacts, before: SystemFacts) -> tuple[Incompatibility, ...]:
    """The incompatible steps of the migrations below `root` that the release `before` does not have, by location.

    A step with the comment ``# incompatible: why`` in one of its lines, or alone in the one above, is left out. A file
    that cannot be read does nothing: the analysis has reported it.
    """
    known = {module.name for module in before.modules}
    fresh = [each for each in facts.modules if each.role is ModuleRole.MIGRATION and each.name not in known]
    fresh = [each for each in fresh if not _has_run(_text(root, each), each, known)]
    if not fresh:
        return ()
    release = _Release(root, facts, before)
    found = [item for module in fresh for step in _steps(root, module) for item in release.judged(module, step)]
    return tuple(sorted(found, key=lambda item: (item.location, item.column, item.kind)))


def _has_run(text: str, module: Module, known: AbstractSet[str]) -> bool:
    """Whether a squashed migration replaces only what the release before has: no database of it runs that again."""
    replaced = [f"{module.name.rpartition('.')[0]}.{name}" for name in replaced_migrations(text)]
    return bool(replaced) and known >= set(replaced)


def _steps(root: Path, module: Module) -> Iterator[SchemaStep]:
    text = _text(root, module)
    lines = text.splitlines()
    for step in (*django_steps(text), *alembic_steps(text)):
        above = lines[step.line - 2] if step.line > 1 else ""
        inside = map(_EXCUSED.search, lines[step.line - 1 : step.end_line])
        if not any(inside) and not _EXCUSED.match(above.lstrip()):  # After a step it is that one's.
            yield step


def _text(root: Path, module: Module) -> str:
    try:
        return (root / module.file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


class _Release:
    """The knowledge of the previous release: its tables, and the field definitions in its migrations."""

    def __init__(self, root: Path, facts: SystemFacts, before: SystemFacts) -> None:
        self._names = Tables(before), Tables(facts)
        self._tables = {table.name: table for table in before.tables}
        self._now = {table.name for table in facts.tables}
        self._fields: dict[tuple[str, str, str], FieldDefinition] = {}
        for module in sorted(each for each in before.modules if each.role is ModuleRole.MIGRATION):
            package = module.name.rpartition(".")[0]
            for model, field, defined in django_definitions(_text(root, module)):
                self._fields[package, model, field] = defined

    def judged(self, module: Module, step: SchemaStep) -> Iterator[Incompatibility]:
        """The incompatibilities of a step of a new migration with the previous release."""
        names = (tables.named(step.touched, module.name) for tables in self._names)
        table = self._tables.get(next(filter(None, names), ""))
        defined = self._defined(module, step)
        column = None if table is None else _column(table, (defined and defined.column) or step.column)
        told = _UNREAD if step.kind is StepKind.UNREAD else table and self._told(module, step, table, column)
        if told:
            yield Incompatibility(
                module.name,
                "" if table is None else table.name,
                step.column if column is None else column.name,
                step.kind,
                step.operation,
                told,
                _REMEDIES[step.kind],
                Location(module.file, step.line),
            )

    def _told(self, module: Module, step: SchemaStep, table: Table, column: Column | None) -> str | None:
        name = table.name if column is None else f"{table.name}.{column.name}"
        match step.kind:
            case StepKind.REMOVES_TABLE | StepKind.RENAMES_TABLE:
                return f"{step.kind} {table.name}"
            case StepKind.RENAMES_MODEL if table.name not in self._now:
                return f"renames {table.name}"
            case StepKind.REMOVES_COLUMN if column is not None:
                return f"removes {name}"
            case StepKind.RENAMES_COLUMN if column and not _moves(column.name, step.column, ""):
                return f"renames {name}"  # A field that has a ``db_column`` would keep it.
            case StepKind.REMOVES_COLUMN if f"{table.name}_{step.column}" in self._tables:
                return f"removes {table.name}_{step.column}"  # The table of a ManyToManyField.
            case StepKind.ADDS_REQUIRED if column is None:
                return f"adds {table.name}.{step.column}, which is not filled by itself"
            case StepKind.FORBIDS_NULL if column is not None and column.nullable:
                return f"forbids NULL in {name}"
            case StepKind.CHANGES_TYPE if column and narrows((column.type, column.max_length), step.becomes):
                before, after = _spelled(column.type, column.max_length), _spelled(*step.becomes)
                return f"makes {name} {after}, which was {before}"
            case StepKind.CONSTRAINS if all(_column(table, each) for each in step.among):
                return f"refuses rows of {table.name} that were allowed"
            case StepKind.ASKS_UNIQUE | StepKind.NARROWS_DIGITS if column and self._field_breaks(module, step):
                return f"{step.kind} {name}"
            case StepKind.MOVES_COLUMN if column and step.field and _moves(column.name, step.column, step.field.column):
                return f"renames {name}"
            case _:
                return None

    def _defined(self, module: Module, step: SchemaStep) -> FieldDefinition | None:
        """The last definition of a step's field in its migrations."""
        model = step.touched.model.lower() if isinstance(step.touched, NamedModel) else ""
        return self._fields.get((module.name.rpartition(".")[0], model, step.column))

    def _field_breaks(self, module: Module, step: SchemaStep) -> bool:
        """Whether a field accepts fewer values than its last definition; False without a last definition."""
        before = self._defined(module, step)
        if before is None or step.field is None:
            return False
        if step.kind is StepKind.ASKS_UNIQUE:
            return step.field.unique and not before.unique
        return step.field.takes_fewer_digits(before)


def _column(table: Table, name: str) -> Column | None:
    """The column by an operation's name for it: Django refers to a foreign key by its field."""
    by_name = {column.name: column for column in table.columns}
    return by_name.get(name) or by_name.get(f"{name}_id") if name else None


def _moves(column: str, field: str, said: str) -> bool:
    """Whether a field leaves its column for the one that is said, or for the one of its own name."""
    return column != said if said else column not in {field, f"{field}_id"}


def _spelled(type_: str, length: int) -> str:
    return f"{type_}({length})" if length else type_


_LATER = "let a release go out first that does not use it, and take it away in the next one"
_BOTH = "add the new table and write both; take the old one away when no release reads it"
_BOTH_COLUMNS = "add the new column and write both; take the old one away when no release reads it"
_FIRST = "let a release go out first that keeps to it, and ask for it in the next one"
_UNREAD = "runs SQL that is not read here"
_REMEDIES = {
    StepKind.REMOVES_TABLE: _LATER,
    StepKind.RENAMES_TABLE: _BOTH,
    StepKind.RENAMES_MODEL: _BOTH,
    StepKind.REMOVES_COLUMN: _LATER,
    StepKind.RENAMES_COLUMN: _BOTH_COLUMNS,
    StepKind.MOVES_COLUMN: _BOTH_COLUMNS,
    StepKind.ADDS_REQUIRED: "let it be NULL at first, or filled by the database: db_default, server_default, DEFAULT",
    StepKind.FORBIDS_NULL: "let a release go out first that writes no NULL, and forbid it in the next one",
    StepKind.CHANGES_TYPE: "add a column of the new type and write both; take the old one away when none reads it",
    StepKind.ASKS_UNIQUE: _FIRST,
    StepKind.NARROWS_DIGITS: _FIRST,
    StepKind.UNREAD: "write the statement where it is run, as one text",
    StepKind.CONSTRAINS: _FIRST,
}
