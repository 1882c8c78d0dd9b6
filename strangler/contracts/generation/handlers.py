"""Which handlers the team has written, and which ones no longer have an operation in the document."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from strangler.contracts.generation.blueprint import Blueprint
from strangler.contracts.generation.port_module import port_name, unwritten_name


@dataclass(frozen=True, slots=True)
class Handler:
    """A method in a hand-written file."""

    name: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class HandlerReport:
    """The operations without a handler, the handlers that do nothing yet, and the handlers without an operation."""

    missing: tuple[str, ...]
    unwritten: tuple[Handler, ...]
    obsolete: tuple[Handler, ...]
    unread: tuple[str, ...] = ()
    """Files that are not valid Python."""

    @property
    def is_complete(self) -> bool:
        """Whether every operation has a written handler, so that none answers 501."""
        return not self.missing and not self.unwritten and not self.unread


def handler_report(blueprint: Blueprint, texts: Mapping[str, str]) -> HandlerReport:
    """Compare hand-written modules with the document; `texts` are by file, and nothing is imported."""
    wanted = {item.method for item in blueprint.operations}
    bases = {port_name(blueprint), unwritten_name(blueprint)}
    known: set[str] = set()
    unwritten: list[Handler] = []
    obsolete: list[Handler] = []
    unread: list[str] = []
    for file, text in texts.items():
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError):
            unread.append(file)
            continue
        for class_ in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)):
            is_handlers = any(_last_name(base) in bases for base in class_.bases)
            for method in (node for node in class_.body if isinstance(node, ast.AsyncFunctionDef)):
                handler = Handler(method.name, file, method.lineno)
                known.add(method.name)
                if method.name in wanted and _does_nothing(method):
                    unwritten.append(handler)
                elif is_handlers and method.name not in wanted and not method.name.startswith("_"):
                    obsolete.append(handler)
    missing = tuple(item.method for item in blueprint.operations if item.method not in known)
    return HandlerReport(missing, tuple(unwritten), tuple(obsolete), tuple(unread))


def _last_name(base: ast.expr) -> str:
    return base.attr if isinstance(base, ast.Attribute) else base.id if isinstance(base, ast.Name) else ""


def _does_nothing(method: ast.AsyncFunctionDef) -> bool:
    """Whether the body, apart from its docstring, only raises NotImplementedError."""
    body = [node for node in method.body if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))]
    if len(body) != 1 or not isinstance(body[0], ast.Raise) or body[0].exc is None:
        return False
    raised = body[0].exc.func if isinstance(body[0].exc, ast.Call) else body[0].exc
    return _last_name(raised) == "NotImplementedError"
