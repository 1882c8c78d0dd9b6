"""Writes ``events.py``: what the service publishes."""

from __future__ import annotations

from strangler.contracts.generation.blueprint import Blueprint
from strangler.contracts.generation.imports import Imports, module_text
from strangler.contracts.generation.python_names import attribute_name, told_apart
from strangler.contracts.generation.python_text import call, docstring, lines_of, literal
from strangler.contracts.generation.type_code import TypeCode


def events_module(blueprint: Blueprint, own: str) -> str:
    """The text of the module: the name of each stream, and how its events are encoded and decoded."""
    imports = Imports(own)
    types = TypeCode(blueprint, imports)
    names = told_apart((attribute_name(item.type.short) for item in blueprint.document.events), "_")
    body: list[str] = []
    for item, name in zip(blueprint.document.events, names, strict=True):
        union, constant = types.declared(item.type.name), f"{name.upper()}_STREAM"
        encoded = imports.sibling("operation", "encoded")
        imports.module("msgspec")
        decoder = f"_{name.upper()}"
        body += ["", "", f"{constant}: {imports.name('typing', 'Final')} = {literal(item.name)}"]
        body += docstring(item.description or f"Where {item.type.short} is published.")
        body += lines_of(call("msgspec.json.Decoder", [union]), before=f"{decoder}: msgspec.json.Decoder[{union}] = ")
        body += ["", "", f"def write_{name}(event: {union}) -> bytes:", '    """The event as it is published."""']
        body += [f"    return {encoded}(event)"]
        body += ["", "", f"def read_{name}(data: bytes) -> {union}:"]
        body += ['    """An event as it was published; msgspec.ValidationError if it is none of this stream."""']
        body += [f"    return {decoder}.decode(data)"]
    body += ["", "", "def stream_name(environment: str, stream: str) -> str:"]
    body += ['    """The stream of an environment: ``production.reviews.v0.review_event.json``."""']
    body += ['    return f"{environment}.{stream}"']
    return module_text("The events of the service, and where they are published.", imports, body)
