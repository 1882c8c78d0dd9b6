"""Which steps of new migrations the release that runs meanwhile can not live with.

While a release is deployed, and while it may be taken back, the one before it reads and writes the same tables: what it
knows of them has to stay, and rows it writes have to be taken. What it does not know any more may go.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from strangler.model.location import Location
from strangler.model.system import Module, ModuleRole, SystemFacts
from strangler.model.tables import Column, Table
from strangler_analyzers.migrations.alembic_steps import alembic_steps
from strangler_analyzers.migrations.django_steps import django_steps
from strangler_analyzers.migrations.incompatibility import EXCUSE, Incompatibility, StepKind
from strangler_analyzers.migrations.schema_step import SchemaStep
from strangler_analyzers.migrations.table_changes import Tables
from strangler_analyzers.migrations.widening import narrows


def incompatibilities(root: Path, facts: SystemFacts, before: SystemFacts) -> tuple[Incompatibility, ...]:
    """What the migrations below `root` that the release `before` does not have do to what it knows, by place.

    Where a step has the comment ``# incompatible: why`` in its line it is left out. A file that can not be read does
    nothing: the analysis has reported it.
    """
    known = {module.name for module in before.modules}
    old, new = Tables(before), Tables(facts)
    by_name = {table.name: table for table in before.tables}
    now = {table.name for table in facts.tables}
    found: list[Incompatibility] = []
    for module in facts.modules:
        if module.role is ModuleRole.MIGRATION and module.name not in known:
            for step in _steps(root, module):
                name = old.named(step.touched, module.name) or new.named(step.touched, module.name)
                table = by_name.get(name or "")
                if table is not None:
                    found += _judged(module, step, table, renamed=table.name not in now)
    return tuple(sorted(found, key=lambda item: (item.location, item.column, item.kind)))


def _steps(root: Path, module: Module) -> Iterator[SchemaStep]:
    try:
        text = (root / module.file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return
    lines = text.splitlines()
    for step in (*django_steps(text), *alembic_steps(text)):
        line = lines[step.line - 1] if step.line <= len(lines) else ""
        if not line.partition(EXCUSE)[2].strip():
            yield step


def _judged(module: Module, step: SchemaStep, table: Table, *, renamed: bool) -> Iterator[Incompatibility]:
    column = _column(table, step.column)
    match step.kind:
        case StepKind.REMOVES_TABLE:
            told = f"removes {table.name}"
        case StepKind.RENAMES_TABLE:
            told = f"renames {table.name}"
        case StepKind.RENAMES_MODEL if renamed:
            told = f"renames {table.name}"
        case StepKind.REMOVES_COLUMN | StepKind.RENAMES_COLUMN if column is not None:
            told = f"{'removes' if step.kind is StepKind.REMOVES_COLUMN else 'renames'} {table.name}.{column.name}"
        case StepKind.ADDS_REQUIRED if column is None:
            told = f"adds {table.name}.{step.column}, which is not filled by itself"
        case StepKind.FORBIDS_NULL if column is not None and column.nullable:
            told = f"forbids NULL in {table.name}.{column.name}"
        case StepKind.CHANGES_TYPE if column is not None and narrows((column.type, column.max_length), step.becomes):
            before, after = _spelled(column.type, column.max_length), _spelled(*step.becomes)
            told = f"makes {table.name}.{column.name} {after}, which was {before}"
        case StepKind.CONSTRAINS if all(_column(table, name) for name in step.among):
            told = f"refuses rows of {table.name} that were allowed"
        case _:
            return
    location = Location(module.file, step.line)
    name = step.column if column is None else column.name
    yield Incompatibility(
        module.name, table.name, name, step.kind, step.operation, told, _REMEDIES[step.kind], location
    )


def _column(table: Table, name: str) -> Column | None:
    """The column by what an operation calls it: a foreign key of Django goes by its field."""
    by_name = {column.name: column for column in table.columns}
    return by_name.get(name) or by_name.get(f"{name}_id") if name else None


def _spelled(type_: str, length: int) -> str:
    return f"{type_}({length})" if length else type_


_LATER = "let a release go out first that does not use it, and take it away in the next one"
_BOTH = "add the new table and write both; take the old one away when no release reads it"
_REMEDIES = {
    StepKind.REMOVES_TABLE: _LATER,
    StepKind.RENAMES_TABLE: _BOTH,
    StepKind.RENAMES_MODEL: _BOTH,
    StepKind.REMOVES_COLUMN: _LATER,
    StepKind.RENAMES_COLUMN: "add the new column and write both; take the old one away when no release reads it",
    StepKind.ADDS_REQUIRED: "let it be NULL at first, or filled by the database: db_default, server_default, DEFAULT",
    StepKind.FORBIDS_NULL: "let a release go out first that writes no NULL, and forbid it in the next one",
    StepKind.CHANGES_TYPE: "add a column of the new type and write both; take the old one away when none reads it",
    StepKind.CONSTRAINS: "let a release go out first that keeps to it, and ask for it in the next one",
}
