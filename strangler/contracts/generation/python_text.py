"""Writes valid Python whatever a document contains: literals, docstrings and calls over several lines."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from strangler.model.json_value import Json

WIDTH = 120
_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


@dataclass(frozen=True, slots=True)
class Group:
    """Code within brackets, on one line or with one item per line."""

    begin: str
    items: tuple[Code, ...]
    end: str


Code: TypeAlias = str | Group


def lines_of(code: Code, indent: int = 0, *, before: str = "", after: str = "") -> list[str]:
    """The code between two texts, laid out as the formatter would."""
    margin = " " * indent
    flat = f"{margin}{before}{_flat(code)}{after}"
    if isinstance(code, str) or not code.items or len(flat) <= WIDTH:
        return [flat]
    inner = [line for item in code.items for line in lines_of(item, indent + 4, after=",")]
    return [f"{margin}{before}{code.begin}", *inner, f"{margin}{code.end}{after}"]


def _flat(code: Code) -> str:
    if isinstance(code, str):
        return code
    return f"{code.begin}{', '.join(_flat(item) for item in code.items)}{code.end}"


def call(name: str, arguments: Iterable[Code]) -> Group:
    """A call."""
    return Group(f"{name}(", tuple(arguments), ")")


def keyword(name: str, value: Code) -> Code:
    """A keyword argument."""
    return _led(f"{name}=", value)


def entry(key: str, value: Code) -> Code:
    """An entry of a dictionary; the key is given as code."""
    return _led(f"{key}: ", value)


def _led(lead: str, value: Code) -> Code:
    if isinstance(value, str):
        return f"{lead}{value}"
    return Group(f"{lead}{value.begin}", value.items, value.end)


def literal(text: str) -> str:
    """A string literal that nothing in the text can end. The quotes are those that need fewer escapes."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    escapes = {**_ESCAPES, quote: f"\\{quote}"}
    return f"{quote}{''.join(escapes.get(char) or _visible(char) for char in text)}{quote}"


def _visible(char: str) -> str:
    if char.isprintable():
        return char
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def json_literal(value: Json) -> Code:
    """A JSON value as a Python expression."""
    match value:
        case None | bool():
            return repr(value)
        case int() | float():
            return repr(value)
        case str():
            return literal(value)
        case Sequence():
            return Group("[", tuple(map(json_literal, value)), "]")
        case _:
            return Group("{", tuple(entry(literal(key), json_literal(item)) for key, item in value.items()), "}")


def docstring(text: str, indent: int = 0) -> list[str]:
    """The text as a docstring, with a paragraph for each of its lines."""
    margin = " " * indent
    found = [plain for part in text.splitlines() if (plain := _in_one_line(part))] or ["Not described."]
    if len(found) == 1 and indent + len(found[0]) + 6 <= WIDTH:
        return [f'{margin}"""{found[0]}"""']
    paragraphs = [textwrap.wrap(part, WIDTH - indent - 3, break_on_hyphens=False) for part in found]
    lines = [line for part in paragraphs for line in ("", *part)][1:]
    return [f'{margin}"""{lines[0]}', *(f"{margin}{line}".rstrip() for line in lines[1:]), f'{margin}"""']


def _in_one_line(text: str) -> str:
    """The text on one line, in a form that neither ends a docstring nor contains an escape."""
    plain = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    plain = plain.replace("\\", "\\\\").replace('"""', "'''")
    if plain.endswith('"'):
        plain = f"{plain}."
    return f" {plain}" if plain.startswith('"') else plain
