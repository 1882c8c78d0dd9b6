"""Parses templates after "The Django template language" (Django 5.2). Accepts any text.

A tag that is not known here is taken as one without an end: what stands behind it belongs to the part around it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from strangler_analyzers.frameworks.django.templates.nodes import (
    Block,
    Body,
    Condition,
    Document,
    Extends,
    For,
    Include,
    Lookup,
    Node,
    Output,
    Tag,
    With,
)

_TOKEN = re.compile(r"\{%(.*?)%\}|\{\{(.*?)\}\}|\{#.*?#\}")
_BITS = re.compile(r"""(?:[^\s'"]*(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')[^\s'"]*)+|\S+""")
_PARTS = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^|:'"]+|[|:])""")
_KEYWORD = re.compile(r"(\w+)=(?!=)(.+)", re.DOTALL)
_RAW = {"comment": "endcomment", "verbatim": "endverbatim"}
_TRANSLATED = frozenset({"blocktrans", "blocktranslate"})
_OPERATORS = frozenset({"and", "or", "not", "in", "is", "==", "!=", "<", ">", "<=", ">="})
_SILENT = frozenset({"else", "empty", "plural", "csrf_token", "debug", "templatetag", "lorem"})
MAX_DEPTH = 60
"""The deepest nesting of tags; deeper ones are read as siblings."""


def parsed(text: str, file: str) -> Document:
    """The nodes of a template in `file`."""
    reading = _Reading(list(tokens(text)))
    body = reading.body(frozenset(), 0)
    return Document(file, body, frozenset(reading.libraries))


@dataclass(frozen=True, slots=True)
class Token:
    """A tag or an output, without its braces, and the line it begins on."""

    content: str
    line: int
    is_tag: bool = True


def tokens(text: str) -> Iterator[Token]:
    """The tags and outputs of a template, without text, comments and ``{% verbatim %}``."""
    line, start, raw = 1, 0, ""
    for found in _TOKEN.finditer(text):
        line += text.count("\n", start, found.start())
        start = found.start()
        tag, output = found[1], found[2]
        name = tag.split(maxsplit=1)[0] if tag and tag.strip() else ""
        if raw:
            raw = "" if name == raw else raw
        elif name in _RAW:
            raw = _RAW[name]
        elif name:
            yield Token(tag.strip(), line)
        elif output and output.strip():
            yield Token(output.strip(), line, is_tag=False)


@dataclass(slots=True)
class _Reading:
    """The tokens, read once from front to back."""

    tokens: list[Token]
    libraries: set[str] = field(default_factory=set[str])
    position: int = 0

    def body(self, ends: frozenset[str], depth: int) -> Body:
        """The nodes up to and including the end tag; an unrelated end tag is skipped."""
        found: list[Node] = []
        while self.position < len(self.tokens):
            token = self.tokens[self.position]
            self.position += 1
            if not token.is_tag:
                found.append(Output(lookup(token.content), token.line))
                continue
            name, *bits = _BITS.findall(token.content)
            if name in ends:
                break
            node = self._tag(name, bits, token.line, depth)
            if node is not None:
                found.append(node)
        return tuple(found)

    def _tag(self, name: str, bits: list[str], line: int, depth: int) -> Node | None:
        if name in _SILENT or name.startswith("end"):
            return None
        if name == "load":
            self.libraries.update(bits[bits.index("from") + 1 :] if "from" in bits else bits)
            return None
        if name in {"if", "elif"}:
            return Condition(tuple(lookup(bit) for bit in bits if bit not in _OPERATORS), line)
        if name in {"extends", "include"} and bits:
            template = lookup(bits[0])
            return (
                Extends(template, line)
                if name == "extends"
                else Include(template, _bindings(bits[1:]), "only" in bits[1:], line)
            )
        opening = self._opening(name, bits, line)
        if opening is not None and depth < MAX_DEPTH:
            end, node = opening
            return node(self.body(frozenset({end}), depth + 1))
        return _plain(name, bits, line)

    @staticmethod
    def _opening(name: str, bits: list[str], line: int) -> tuple[str, Callable[[Body], Node]] | None:
        """The end tag of a block tag, and the constructor of its node from the body."""
        if name == "for" and "in" in bits:
            middle = len(bits) - 1 - bits[::-1].index("in")
            names = tuple(part for part in " ".join(bits[:middle]).replace(",", " ").split() if part)
            iterable = lookup(bits[middle + 1]) if middle + 1 < len(bits) else Lookup(())
            return "endfor", lambda body: For(names, iterable, body, line)
        if name == "block" and bits:
            return "endblock", lambda body: Block(bits[0], body, line)
        if name == "with" or name in _TRANSLATED:
            return f"end{name}", lambda body: With(_bindings(bits), body, line)
        return None


def _plain(name: str, bits: list[str], line: int) -> Tag:
    target = bits[-1] if len(bits) > 1 and bits[-2] == "as" else ""
    if target:
        bits = bits[:-2]
    if name == "regroup" and len(bits) > 0:  # ``regroup rows by attribute as groups``
        bits = bits[:1]
    given = (found[2] if (found := _KEYWORD.fullmatch(bit)) else bit for bit in bits)
    return Tag(name, tuple(lookup(bit) for bit in given), target, line)


def _bindings(bits: list[str]) -> tuple[tuple[str, Lookup], ...]:
    """``name=value``, and the older ``value as name``."""
    found = [(pair[1], lookup(pair[2])) for bit in bits if (pair := _KEYWORD.fullmatch(bit))]
    found += [
        (bits[at + 1], lookup(bits[at - 1])) for at, bit in enumerate(bits) if bit == "as" and 0 < at < len(bits) - 1
    ]
    return tuple(found)


def lookup(text: str) -> Lookup:
    """A value with its filters: ``order.lines.all|length``, ``"a text"|default:other``."""
    parts: list[str] = _PARTS.findall(text)
    if not parts:
        return Lookup(())
    filters: list[tuple[str, Lookup | None]] = []
    for at, part in enumerate(parts):
        if part == "|" and at + 1 < len(parts):
            filters.append((parts[at + 1].strip(), None))
        elif part == ":" and filters and at + 1 < len(parts):
            filters[-1] = filters[-1][0], _base(parts[at + 1].strip(), ())
    return _base(parts[0].strip(), tuple(filters))


def _base(text: str, filters: tuple[tuple[str, Lookup | None], ...]) -> Lookup:
    if text.startswith(("_(", '"', "'")):
        return Lookup((), text.removeprefix("_(").strip("'\""), filters)
    path = tuple(text.split("."))
    if not text or text[0].isdigit() or text[0] in "-+" or not all(path) or text in {"True", "False", "None"}:
        return Lookup((), None, filters)
    return Lookup(path, None, filters)
