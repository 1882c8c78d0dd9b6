"""The calls in the source of a migration, and their arguments."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from strangler_analyzers.frameworks.sql.statements import HOLE, looks_like_sql


def parsed(text: str) -> ast.Module:
    """The tree of a migration; an empty one if it cannot be parsed, which the analysis reports."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def sql_texts(call: ast.Call, constants: Mapping[str, str]) -> Iterator[str]:
    """The strings anywhere in a call's arguments that look like SQL statements."""
    for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
        for node in ast.walk(argument):
            if isinstance(node, ast.expr) and (text := text_of(node, constants)) and looks_like_sql(text):
                yield text


_WRAPPING = frozenset({"text", "dedent", "cleandoc", "strip", "SQL", "DDL"})


def statements_of(node: ast.expr | None, constants: Mapping[str, str]) -> Iterator[str | None]:
    """The statements an argument gives to run: a text, several, pairs of one and its parameters; None for what is none.

    What wraps a text without changing it is looked into: ``sqlalchemy.text``, ``textwrap.dedent``.
    """
    match node:
        case ast.List(elts=elements) | ast.Set(elts=elements) | ast.Tuple(elts=elements):
            for element in elements:
                first = element.elts[0] if isinstance(element, ast.Tuple | ast.List) and element.elts else element
                yield from statements_of(first, constants)
        case ast.Call(func=function, args=[first, *_]) if name_of(function) in _WRAPPING:
            yield from statements_of(first, constants)
        case ast.Call(func=ast.Attribute(value=value, attr="strip")):
            yield from statements_of(value, constants)
        case _:
            yield text_of(node, constants)


def constants_of(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The string constants of a module by name, which may be composed of earlier ones."""
    known: dict[str, str] = {}
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and (text := text_of(statement.value, known)) is not None:
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    known[target.id] = text
                    yield target.id, text


def text_of(node: ast.expr | None, constants: Mapping[str, str]) -> str | None:
    """The string value of an argument, with `HOLE` for interpolated parts; None for anything else."""
    match node:
        case ast.Constant(value=str(value)):
            return value
        case ast.Name(id=name):
            return constants.get(name)
        case ast.JoinedStr(values=values):
            return "".join(_part(part, constants) or HOLE for part in values)
        case _:
            return None


def _part(node: ast.expr, constants: Mapping[str, str]) -> str | None:
    plain = isinstance(node, ast.FormattedValue) and node.conversion == -1 and node.format_spec is None
    return text_of(node.value if isinstance(node, ast.FormattedValue) and plain else node, constants)


def argument_of(call: ast.Call, name: str) -> ast.expr | None:
    """The keyword argument of that name."""
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def name_of(function: ast.expr) -> str:
    """The last name of the callee."""
    match function:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""


def receiver_of(function: ast.expr) -> str:
    """The last name of the object whose method is called; empty for a plain name."""
    match function:
        case ast.Attribute(value=value):
            return name_of(value)
        case _:
            return ""


def number_of(node: ast.expr | None) -> int:
    """The integer value of an argument; 0 for anything else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, int) else 0


def lines_of(call: ast.Call) -> tuple[int, int]:
    """The first and the last line of a call."""
    return call.lineno, call.end_lineno or call.lineno
