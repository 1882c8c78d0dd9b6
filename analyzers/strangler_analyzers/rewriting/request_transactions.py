"""Transactions that Django opens around every request: ``ATOMIC_REQUESTS`` in a database's settings."""

from __future__ import annotations

import ast
from collections.abc import Callable

from strangler.model.location import Location
from strangler_analyzers.graph.system_graph import SystemGraph

_SETTING = "ATOMIC_REQUESTS"


def request_transaction(graph: SystemGraph, read: Callable[[str], bytes]) -> Location | None:
    """Where the setting is or may be switched on; None if nowhere. Only settings modules are read."""
    for module in graph.facts.modules:
        if "django" in graph.facts.frameworks and "settings" in module.name.split("."):
            line = _line(module.file, read)
            if line is not None:
                return Location(module.file, line)
    return None


def _line(file: str, read: Callable[[str], bytes]) -> int | None:
    try:
        source = read(file)
        tree = ast.parse(source) if _SETTING.encode() in source else ast.Module([], [])
    except (OSError, SyntaxError, ValueError, RecursionError):
        return None
    for node in ast.walk(tree):
        match node:
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    if isinstance(key, ast.Constant) and key.value == _SETTING and not _is_off(value):
                        return value.lineno
            case ast.keyword(arg=name, value=value) if name == _SETTING and not _is_off(value):
                return value.lineno
            case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value=name))], value=value) if (
                name == _SETTING and not _is_off(value)
            ):
                return value.lineno
            case _:
                pass
    return None


def _is_off(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and not value.value
