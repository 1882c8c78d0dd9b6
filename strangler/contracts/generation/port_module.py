"""Writes ``port.py``, the interface that the team implements: a method for each operation."""

from __future__ import annotations

from strangler.contracts.generation.blueprint import Blueprint, PlannedOperation
from strangler.contracts.generation.imports import Imports, module_text
from strangler.contracts.generation.python_text import docstring
from strangler.contracts.generation.signature import handler_arguments, returned, signature
from strangler.contracts.generation.type_code import TypeCode


def port_module(blueprint: Blueprint, own: str) -> str:
    """The text of the module: the port, and a base class in which no handler is written yet."""
    imports = Imports(own)
    types = TypeCode(blueprint, imports)
    port, unwritten = port_name(blueprint), unwritten_name(blueprint)
    body = [f"class {port}({imports.name('typing', 'Protocol')}):"]
    body += docstring(
        "What the service does: a method for each operation of the document.\n"
        "A handler returns the value of its answer, or a Reply where there are headers or several statuses, and raises"
        " a Refusal for an error.",
        4,
    )
    for item in blueprint.operations:
        body += ["", *_head(item, types), "        ..."]
    body += ["", "", f"class {unwritten}({port}):"]
    body += docstring(
        "A service of which nothing is written yet: the handlers begin with it, and answer 501 for the rest.", 4
    )
    for item in blueprint.operations:
        body += ["", *method(item, types)]
    return module_text("What the service does, apart from HTTP.", imports, body)


def port_name(blueprint: Blueprint) -> str:
    """The name of the protocol."""
    return f"{blueprint.prefix}Port"


def unwritten_name(blueprint: Blueprint) -> str:
    """The name of the base class with unwritten handlers."""
    return f"Unwritten{blueprint.prefix}"


def method(item: PlannedOperation, types: TypeCode) -> list[str]:
    """The unwritten method of an operation."""
    return [*_head(item, types), "        raise NotImplementedError"]


def _head(item: PlannedOperation, types: TypeCode) -> list[str]:
    lines = signature(item, handler_arguments(item, types), returned(item, types))
    return [*lines, *docstring(item.about, 8)]
