"""The steps of a Django migration ("Migration Operations" and "Model field reference" in its documentation)."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace

from strangler_analyzers.migrations.calls import (
    argument_of,
    constants_of,
    lines_of,
    name_of,
    number_of,
    parsed,
    receiver_of,
    statements_of,
    text_of,
)
from strangler_analyzers.migrations.field_definition import FieldDefinition, definition, definitions
from strangler_analyzers.migrations.incompatibility import StepKind
from strangler_analyzers.migrations.operations import NamedModel
from strangler_analyzers.migrations.schema_step import UNCHANGED, SchemaStep
from strangler_analyzers.migrations.sql_steps import statement_steps
from strangler_analyzers.migrations.widening import Spelled

_NO_COLUMN = frozenset({"ManyToManyField", "GenericRelation", "GenericForeignKey"})
_FILLED = ("db_default", "expression")
"""Arguments by which the database itself fills a column: a server-side default, or a generated column."""
_UNDONE = frozenset({"state_operations", "reverse_sql", "reverse_code"})
"""Arguments that change nothing when the migration runs."""


def django_steps(text: str) -> Iterator[SchemaStep]:
    """The steps of a migration's operations, without those that change only Django's state."""
    tree = parsed(text)
    constants = dict(constants_of(tree))
    functions = {each.name: each for each in tree.body if isinstance(each, ast.FunctionDef)}
    for call in _calls(tree):
        name = name_of(call.func)
        if name == "RunSQL":
            forward = argument_of(call, "sql") or (call.args[0] if call.args else None)
            if name_of(forward or call) != "noop":
                yield from statement_steps(statements_of(forward, constants), call, name)
        elif name == "RunPython":
            code = argument_of(call, "code") or (call.args[0] if call.args else None)
            function = functions.get(name_of(code)) if code is not None else None
            if function is not None:
                yield from _executed(function, constants)
        elif receiver_of(call.func) == "migrations":
            yield from _of_operation(call, name, constants)


def django_definitions(text: str) -> Iterator[tuple[str, str, FieldDefinition]]:
    """The fields that a migration adds or changes, in order: model in lower case, field, and definition."""
    return definitions(_calls(parsed(text)))


def replaced_migrations(text: str) -> Iterator[str]:
    """The names of the migrations that a squashed one stands for."""
    for node in ast.walk(parsed(text)):
        match node:
            case ast.Assign(targets=[ast.Name(id="replaces")], value=ast.List(elts=pairs) | ast.Tuple(elts=pairs)):
                for pair in pairs:
                    if isinstance(pair, ast.Tuple) and len(pair.elts) == 2 and (name := text_of(pair.elts[1], {})):
                        yield name
            case _:
                pass


def _executed(function: ast.FunctionDef, constants: Mapping[str, str]) -> Iterator[SchemaStep]:
    """The steps of the SQL that a RunPython function executes."""
    for call in _calls(function):
        if name_of(call.func) == "execute" and call.args:
            texts = list(statements_of(call.args[0], constants))
            if None not in texts or receiver_of(call.func) == "schema_editor":
                yield from statement_steps(texts, call, "execute")


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    """The calls that run, in source order."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.keyword) and child.arg in _UNDONE:
            continue
        if isinstance(child, ast.Call):
            yield child
        yield from _calls(child)


def _of_operation(call: ast.Call, name: str, constants: Mapping[str, str]) -> Iterator[SchemaStep]:
    texts = [text_of(argument, constants) for argument in call.args]

    def given(place: int, *names: str) -> str:
        by_name = (text_of(argument_of(call, each), constants) for each in names)
        return next((text for text in by_name if text), None) or (texts[place] if place < len(texts) else None) or ""

    def step(
        kind: StepKind, model: str, column: str = "", becomes: Spelled = UNCHANGED, among: tuple[str, ...] = ()
    ) -> SchemaStep:
        return SchemaStep(*lines_of(call), name, kind, NamedModel(None, model), column, becomes, among)

    field = argument_of(call, "field") or (call.args[2] if len(call.args) > 2 else None)
    match name:
        case "DeleteModel":
            yield step(StepKind.REMOVES_TABLE, given(0, "name"))
        case "RenameModel":
            yield step(StepKind.RENAMES_MODEL, given(0, "old_name"))
        case "AlterModelTable":
            yield step(StepKind.RENAMES_TABLE, given(0, "name"))
        case "RemoveField":
            yield step(StepKind.REMOVES_COLUMN, given(0, "model_name"), given(1, "name"))
        case "RenameField":
            yield step(StepKind.RENAMES_COLUMN, given(0, "model_name"), given(1, "old_name"))
        case "AddField" if isinstance(field, ast.Call) and not _may_be_left_out(field):
            yield step(StepKind.ADDS_REQUIRED, given(0, "model_name"), given(1, "name"))
        case "AlterField" if isinstance(field, ast.Call):
            model, column = given(0, "model_name"), given(1, "name")
            if not _is_true(field, "null"):
                yield step(StepKind.FORBIDS_NULL, model, column)
            becomes = name_of(field.func), number_of(argument_of(field, "max_length"))
            yield step(StepKind.CHANGES_TYPE, model, column, becomes)
            for kind in (StepKind.MOVES_COLUMN, StepKind.ASKS_UNIQUE, StepKind.NARROWS_DIGITS):
                yield replace(step(kind, model, column), field=definition(field))
        case "AlterUniqueTogether" if _some(argument_of(call, "unique_together") or (call.args[1:] or [None])[0]):
            yield step(StepKind.CONSTRAINS, given(0, "name"))
        case "AddConstraint":
            yield step(StepKind.CONSTRAINS, given(0, "model_name"), among=_fields(call))
        case _:
            pass


def _may_be_left_out(field: ast.Call) -> bool:
    """Whether a release that does not know the column can insert rows."""
    return (
        name_of(field.func) in _NO_COLUMN
        or _is_true(field, "null")
        or any(argument_of(field, each) is not None for each in _FILLED)
    )


def _is_true(call: ast.Call, name: str) -> bool:
    argument = argument_of(call, name)
    return isinstance(argument, ast.Constant) and argument.value is True


def _fields(call: ast.Call) -> tuple[str, ...]:
    """The fields of a constraint, if it names them."""
    constraint = argument_of(call, "constraint") or (call.args[1] if len(call.args) > 1 else None)
    fields = argument_of(constraint, "fields") if isinstance(constraint, ast.Call) else None
    nodes = fields.elts if isinstance(fields, ast.List | ast.Tuple) else []
    return tuple(text for node in nodes if (text := text_of(node, {})))


def _some(argument: ast.expr | None) -> bool:
    """Whether an argument may hold anything: ``set()`` and empty displays do not."""
    match argument:
        case None | ast.Set(elts=[]) | ast.List(elts=[]) | ast.Tuple(elts=[]) | ast.Constant(value=None):
            return False
        case ast.Call(func=ast.Name(id="set"), args=[]):
            return False
        case _:
            return True
