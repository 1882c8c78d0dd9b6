"""The nodes of a template, as far as they read values or run code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Lookup:
    """``a.b.c`` or, without a path, a text; then the filters it goes through, each with its argument."""

    path: tuple[str, ...]
    text: str | None = None
    filters: tuple[tuple[str, Lookup | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Output:
    """``{{ value }}``."""

    value: Lookup
    line: int


@dataclass(frozen=True, slots=True)
class Condition:
    """The values that an ``{% if %}`` or ``{% elif %}`` tests; its body is assumed to be rendered."""

    values: tuple[Lookup, ...]
    line: int


@dataclass(frozen=True, slots=True)
class For:
    """``{% for names in iterable %}`` up to its end, ``{% empty %}`` included."""

    names: tuple[str, ...]
    iterable: Lookup
    body: Body
    line: int


@dataclass(frozen=True, slots=True)
class With:
    """A part in which names are bound to values: ``{% with %}``, ``{% blocktranslate with %}``."""

    bindings: tuple[tuple[str, Lookup], ...]
    body: Body
    line: int


@dataclass(frozen=True, slots=True)
class Block:
    """``{% block name %}``."""

    name: str
    body: Body
    line: int


@dataclass(frozen=True, slots=True)
class Include:
    """``{% include template with name=value only %}``."""

    template: Lookup
    bindings: tuple[tuple[str, Lookup], ...]
    only: bool
    line: int


@dataclass(frozen=True, slots=True)
class Extends:
    """``{% extends template %}``."""

    template: Lookup
    line: int


@dataclass(frozen=True, slots=True)
class Tag:
    """Any other tag: its arguments in order, keywords left out, and the name after ``as``."""

    name: str
    arguments: tuple[Lookup, ...]
    target: str
    line: int


Node: TypeAlias = Output | Condition | For | With | Block | Include | Extends | Tag
Body: TypeAlias = "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed template: its nodes, and the libraries of tags and filters it loads."""

    file: str
    body: Body
    libraries: frozenset[str]
