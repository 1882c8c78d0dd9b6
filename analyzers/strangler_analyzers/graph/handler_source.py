"""Reads from a route handler's source what the facts lack: the methods it names, and its parameter types."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
_CONVERTED = re.compile(r"<(\w+)(?:\([^()]*\))?:(\w+)>|\{(\w+):(\w+)\}")
"""A placeholder with a converter: ``<int:id>`` in Django and Flask, ``{id:int}`` in Starlette."""
_TYPES: Mapping[str, str] = {
    "int": "integer", "uuid": "uuid", "UUID": "uuid", "float": "double", "date": "date-iso8601", "Decimal": "decimal",
    "bool": "boolean", "slug": "string", "str": "string", "string": "string",
}  # fmt: skip
"""The types used in design documents, by path converter and by annotation."""


def named_methods(tree: ast.Module, name: str) -> tuple[frozenset[str], frozenset[str]] | None:
    """The HTTP methods named in a function's decorators, and those in its body; None if there is no such function."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
            return _named(node.decorator_list), _named(node.body)
    return None


def _named(nodes: list[ast.expr] | list[ast.stmt]) -> frozenset[str]:
    constants = (part for node in nodes for part in ast.walk(node) if isinstance(part, ast.Constant))
    return frozenset(part.value for part in constants if isinstance(part.value, str) and part.value in METHODS)


def converted_types(tree: ast.Module, line: int) -> Mapping[str, str]:
    """Placeholder types, from the converters in the path of the call or decorator on that line."""
    found: dict[str, str] = {}
    for text in _texts_at(tree, line):
        for converter, name, other, its_converter in _CONVERTED.findall(text):
            if (known := _TYPES.get(converter or its_converter)) is not None:
                found[name or other] = known
    return found


def _texts_at(tree: ast.Module, line: int) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.lineno == line:
            yield from (
                part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str)
            )


def annotated_types(tree: ast.Module, name: str) -> Mapping[str, str]:
    """Parameter types of a function, or of the methods of a class, from their annotations."""
    body: list[ast.stmt] = tree.body
    for part in name.split("."):
        node = next((item for item in body if getattr(item, "name", "") == part), None)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            return dict(_annotated(node))
        if not isinstance(node, ast.ClassDef):
            return {}
        body = node.body
    methods = (item for item in body if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef))
    return {key: type_ for method in methods for key, type_ in _annotated(method)}


def _annotated(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[str, str]]:
    for item in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs):
        base = item.annotation
        name = base.attr if isinstance(base, ast.Attribute) else base.id if isinstance(base, ast.Name) else ""
        if name in _TYPES:
            yield item.arg, _TYPES[name]
