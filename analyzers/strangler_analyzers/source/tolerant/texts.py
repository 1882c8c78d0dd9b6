"""The values of string and number literals, from their source."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator

from tree_sitter import Node

from strangler_analyzers.source.tolerant.nodes import parts, text

_ESCAPE = re.compile(r"\\(?:N\{[^}]*\}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{1,3}|.)", re.DOTALL)


def prefix(string: Node) -> str:
    """The letters before the opening quote, in lower case; a backtick for Python 2's ``repr``."""
    first = string.child(0) if string.child_count else None
    opening = text(first) if first is not None else ""
    return "`" if opening == "`" else opening.rstrip("'\"").lower()


def plain(string: Node) -> str:
    """The value of a literal without fields; if Python rejects it, the text as written."""
    source = text(string)
    letters = prefix(string)
    if letters in {"ur", "u"}:  # Python 3 has no ``ur`` prefix.
        source = source[1:]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python keeps unknown escapes, and so do we.
            return str(ast.literal_eval(source))
    except (SyntaxError, ValueError):
        return "".join(text(child) for child in parts(string) if child.type == "string_content")


def fields(string: Node) -> Iterator[str | Node]:
    """The literal parts and the ``interpolation`` nodes of an f-string or t-string, in order."""
    source, start = string.text or b"", string.start_byte
    opening, *inner = string.children
    raw, position = "r" in prefix(string), opening.end_byte
    for child in inner:
        if child.type in {"interpolation", "string_end"}:
            between = source[position - start : child.start_byte - start].decode("utf-8", "replace")
            if between:
                yield _text_between(between, raw=raw)
            position = child.end_byte
            if child.type == "interpolation":
                yield child


def shown_expression(field: Node) -> str:
    """The text that ``{value = }`` puts before the value; empty for other fields."""
    source = field.text or b""
    for child in field.children:
        if child.type == "=" and not child.is_named:
            sign = child.end_byte - field.start_byte
            shown = source[1:sign] + source[sign : len(source) - len(source[sign:].lstrip())]
            return shown.decode("utf-8", "replace")
    return ""


def _text_between(source: str, *, raw: bool) -> str:
    source = source.replace("{{", "{").replace("}}", "}")
    return source if raw else _ESCAPE.sub(_unescaped, source)


def _unescaped(escape: re.Match[str]) -> str:
    source = escape.group()
    if source == "\\\n":
        return ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return str(ast.literal_eval(f'"{source}"'))
    except (SyntaxError, ValueError):
        return source


def number(source: str) -> int | float | complex | None:
    """The value of a number literal, including Python 2's (``0777``, ``10L``); None if it is not a number."""
    plain = source.rstrip("lL")
    if re.fullmatch("0[0-7]+", plain):
        return int(plain, 8)
    try:
        value: object = ast.literal_eval(plain)
    except (SyntaxError, ValueError):
        return None
    return value if isinstance(value, int | float | complex) else None
