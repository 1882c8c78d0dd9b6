"""The calls in the text of a migration, and what their arguments say."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from strangler_analyzers.frameworks.sql.statements import HOLE, looks_like_sql


def parsed(text: str) -> ast.Module:
    """The tree of a migration; an empty one where it can not be parsed, which the analysis reports."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def sql_texts(call: ast.Call, constants: Mapping[str, str]) -> Iterator[str]:
    """The texts among the arguments of a call that look like statements."""
    return filter(looks_like_sql, texts_in(call, constants))


def texts_in(call: ast.Call, constants: Mapping[str, str]) -> Iterator[str]:
    """All texts in the arguments: statements, lists of them, pairs with parameters, and what wraps one."""
    for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
        for node in ast.walk(argument):
            if isinstance(node, ast.expr) and (text := text_of(node, constants)):
                yield text


def constants_of(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The texts that a module gives a name."""
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and (text := text_of(statement.value, {})) is not None:
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    yield target.id, text


def text_of(node: ast.expr | None, constants: Mapping[str, str]) -> str | None:
    """The text an argument is, `HOLE` for what is put into it; None for anything else."""
    match node:
        case ast.Constant(value=str(value)):
            return value
        case ast.Name(id=name):
            return constants.get(name)
        case ast.JoinedStr(values=values):
            return "".join(_constant(part) or HOLE for part in values)
        case _:
            return None


def _constant(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def argument_of(call: ast.Call, name: str) -> ast.expr | None:
    """The argument that is given by name."""
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def name_of(function: ast.expr) -> str:
    """The last name of what is called."""
    match function:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""


def receiver_of(function: ast.expr) -> str:
    """The last name of what a method is taken from; empty for a plain name."""
    match function:
        case ast.Attribute(value=value):
            return name_of(value)
        case _:
            return ""


def number_of(node: ast.expr | None) -> int:
    """The whole number an argument is; 0 for anything else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, int) else 0
