"""The steps of an Alembic revision ("Operation Reference" in its documentation)."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

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
from strangler_analyzers.migrations.incompatibility import StepKind
from strangler_analyzers.migrations.operations import NamedTable
from strangler_analyzers.migrations.schema_step import UNCHANGED, SchemaStep
from strangler_analyzers.migrations.sql_steps import statement_steps
from strangler_analyzers.migrations.widening import Spelled

_FILLED = frozenset({"Identity", "Computed", "Sequence"})


def alembic_steps(text: str) -> Iterator[SchemaStep]:
    """The steps of ``upgrade``; those of ``downgrade`` run only when a release is rolled back."""
    tree = parsed(text)
    constants = dict(constants_of(tree))
    for function in tree.body:
        if isinstance(function, ast.FunctionDef) and function.name == "upgrade":
            for call, batched in _calls(function, {}):
                yield from _of_call(call, batched, constants)


def _calls(node: ast.AST, batches: Mapping[str, str]) -> Iterator[tuple[ast.Call, str | None]]:
    """The calls in source order, each with the table of its ``batch_alter_table``, if any."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield child, batches.get(receiver_of(child.func))
        inner = {**batches, **dict(_batches(child))} if isinstance(child, ast.With) else batches
        yield from _calls(child, inner)


def _batches(block: ast.With) -> Iterator[tuple[str, str]]:
    for item in block.items:
        call, name = item.context_expr, item.optional_vars
        if isinstance(call, ast.Call) and name_of(call.func) == "batch_alter_table" and isinstance(name, ast.Name):
            table = text_of(call.args[0] if call.args else argument_of(call, "table_name"), {})
            if table:
                yield name.id, table


def _of_call(call: ast.Call, batched: str | None, constants: Mapping[str, str]) -> Iterator[SchemaStep]:
    name = name_of(call.func)
    if name == "execute":
        if receiver_of(call.func) == "op":
            yield from statement_steps(statements_of((call.args or [None])[0], constants), call, name)
        return
    if batched is None and receiver_of(call.func) != "op":
        return

    def given(place: int, keyword: str) -> str:
        """An argument that stands at this place where the table is named, too."""
        at = place if batched is None else place - 1
        node = argument_of(call, keyword) or (call.args[at] if 0 <= at < len(call.args) else None)
        return text_of(node, constants) or ""

    def step(
        kind: StepKind, table: str, column: str = "", becomes: Spelled = UNCHANGED, among: tuple[str, ...] = ()
    ) -> SchemaStep:
        return SchemaStep(*lines_of(call), name, kind, NamedTable(batched or table), column, becomes, among)

    match name:
        case "drop_table" | "rename_table":
            kind = StepKind.REMOVES_TABLE if name == "drop_table" else StepKind.RENAMES_TABLE
            yield step(kind, given(0, "table_name") or given(0, "old_table_name"))
        case "drop_column":
            yield step(StepKind.REMOVES_COLUMN, given(0, "table_name"), given(1, "column_name"))
        case "add_column":
            for column in _required_columns(call):
                yield step(StepKind.ADDS_REQUIRED, given(0, "table_name"), text_of(column, constants) or "")
        case "alter_column":
            for kind, becomes in _alterations(call):
                yield step(kind, given(0, "table_name"), given(1, "column_name"), becomes)
        case "create_unique_constraint" | "create_check_constraint" | "create_exclude_constraint":
            yield step(StepKind.CONSTRAINS, given(1, "table_name"), among=_columns(call, constants))
        case "create_index" if _is(argument_of(call, "unique"), value=True):
            yield step(StepKind.CONSTRAINS, given(1, "table_name"), among=_columns(call, constants))
        case _:
            pass


def _columns(call: ast.Call, constants: Mapping[str, str]) -> tuple[str, ...]:
    """The columns of a key or index: the only list among the arguments."""
    lists = [each for each in (*call.args, argument_of(call, "columns")) if isinstance(each, ast.List | ast.Tuple)]
    return tuple(text for each in lists for node in each.elts if (text := text_of(node, constants)))


def _required_columns(call: ast.Call) -> Iterator[ast.expr | None]:
    """The names of added columns that inserts must fill."""
    for column in call.args:
        if isinstance(column, ast.Call) and name_of(column.func) == "Column" and not _may_be_left_out(column):
            yield column.args[0] if column.args else argument_of(column, "name")


def _alterations(call: ast.Call) -> Iterator[tuple[StepKind, Spelled]]:
    if argument_of(call, "new_column_name") is not None:
        yield StepKind.RENAMES_COLUMN, UNCHANGED
    if _is(argument_of(call, "nullable"), value=False):
        yield StepKind.FORBIDS_NULL, UNCHANGED
    type_ = argument_of(call, "type_")
    if isinstance(type_, ast.Call):
        length = type_.args[0] if type_.args else argument_of(type_, "length")
        yield StepKind.CHANGES_TYPE, (name_of(type_.func), number_of(length))
    elif type_ is not None:
        yield StepKind.CHANGES_TYPE, (name_of(type_), 0)


def _may_be_left_out(column: ast.Call) -> bool:
    """Whether a release that does not know the column can insert rows; they take NULL unless they say otherwise."""
    required = _is(argument_of(column, "nullable"), value=False) or _is(argument_of(column, "primary_key"), value=True)
    filled = any(isinstance(part, ast.Call) and name_of(part.func) in _FILLED for part in column.args)
    default = argument_of(column, "server_default")
    return not required or filled or (default is not None and not _is(default, value=None))


def _is(node: ast.expr | None, *, value: bool | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is value
