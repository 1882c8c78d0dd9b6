"""Whether a function changes something inside of what it is given: an item of a list, a value of a dictionary."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

ASKING = frozenset({"get", "items", "keys", "values", "copy", "count", "index"})
"""Methods of lists and dictionaries that change nothing."""
_PLAIN = ASKING.union(*(dir(kind) for kind in (str, bytes, int, float, Decimal, datetime, UUID)))
"""These, and all methods of what cannot change."""
_THROUGH = frozenset({"enumerate", "list", "reversed", "sorted", "tuple", "zip"})
"""Functions whose results hold what they are given."""


def part_changed(body: Sequence[ast.stmt], name: str) -> bool:
    """Whether a body changes a part of what `name` stands for, itself or by another name it gives to it."""
    parts = _names_of_parts(body, name)
    return any(_changes(node, name, parts) for node in _nodes(body))


def _changes(node: ast.AST, name: str, parts: frozenset[str]) -> bool:
    match node:
        case ast.Attribute(value=held) | ast.Subscript(value=held) if not isinstance(node.ctx, ast.Load):
            return _is_part(held, name, parts)
        case ast.Call(func=ast.Attribute(value=held, attr=method)) if method not in _PLAIN:
            return _is_part(held, name, parts)
        case _:
            return False


def _names_of_parts(body: Sequence[ast.stmt], name: str) -> frozenset[str]:
    """The names that may stand for a part, until no more are found."""
    parts: frozenset[str] = frozenset()
    while True:
        found = parts.union(*(_named(node, name, parts) for node in _nodes(body)))
        if found == parts:
            return parts
        parts = found


def _named(node: ast.AST, name: str, parts: frozenset[str]) -> set[str]:
    match node:
        case ast.Assign(targets=targets, value=value) if _is_part(value, name, parts):
            return {found for target in targets for found in _names(target)}
        case ast.AnnAssign(target=target, value=ast.expr() as value) if _is_part(value, name, parts):
            return set(_names(target))
        case ast.NamedExpr(target=target, value=value) if _is_part(value, name, parts):
            return set(_names(target))
        case ast.For(target=target, iter=over) | ast.AsyncFor(target=target, iter=over) if _holds(over, name, parts):
            return set(_names(target))
        case ast.comprehension(target=target, iter=over) if _holds(over, name, parts):
            return set(_names(target))
        case _:
            return set()


def _holds(node: ast.expr, name: str, parts: frozenset[str]) -> bool:
    """Whether what an expression gives one by one are parts."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _THROUGH:
        return any(_holds(argument, name, parts) for argument in node.args)
    return _is(node, name) or _is_part(node, name, parts)


def _is_part(node: ast.expr, name: str, parts: frozenset[str]) -> bool:
    """Whether an expression is something inside: ``data["a"]``, ``data.get("a")[0]``, or a name for that."""
    if isinstance(node, ast.Name):
        return node.id in parts
    if isinstance(node, ast.Call):
        asked = node.func
        return isinstance(asked, ast.Attribute) and asked.attr in ASKING and _holds(asked.value, name, parts)
    return isinstance(node, ast.Attribute | ast.Subscript) and _holds(node.value, name, parts)


def _names(target: ast.expr) -> Iterator[str]:
    return (node.id for node in ast.walk(target) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))


def _nodes(body: Sequence[ast.stmt]) -> Iterator[ast.AST]:
    return (node for statement in body for node in ast.walk(statement))


def _is(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
