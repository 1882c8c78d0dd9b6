"""Which types a document's operations and events need, and in which direction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum

from strangler.contracts.document import Document, Enumeration, Model, Union
from strangler.contracts.library import Library
from strangler.contracts.type_reference import Type, innermost


class Direction(StrEnum):
    """Who writes a value; the other side must understand it."""

    SENT = "sent"
    """From a client to the service."""
    ANSWERED = "answered"
    """From the service: responses and published events."""


def roots(document: Document, direction: Direction) -> Iterator[Type]:
    """The types that a document's operations and events name directly."""
    for operation in document.operations:
        if direction is Direction.SENT:
            yield from (item.field.type for item in operation.parameters)
            if operation.body is not None:
                yield operation.body
        else:
            yield from (item.type for item in operation.responses)
    if direction is Direction.SENT:
        yield from (item.type for item in document.headers)
    else:
        yield from (item.type for item in document.events)


def reachable(types: Iterable[Type], library: Library) -> frozenset[str]:
    """The full names of all declared types that some types contain, at any depth."""
    found: set[str] = set()
    waiting = [innermost(item).name for item in types]
    while waiting:
        name = waiting.pop()
        declared = library.declarations.get(name)
        if declared is None or name in found:
            continue
        found.add(name)
        match declared:
            case Model(fields=fields):
                waiting += [innermost(field.type).name for field in fields]
            case Union(members=members):
                waiting += [member.type.name for member in members]
            case Enumeration():
                pass
    return frozenset(found)


def used_types(document: Document, library: Library) -> frozenset[str]:
    """The full names of all types that a document's operations and events need."""
    resources = [resource.type for resource in document.resources]
    return reachable([*resources, *(item for way in Direction for item in roots(document, way))], library)
