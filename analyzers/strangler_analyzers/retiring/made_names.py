"""Names that code composes of parts, such as ``"on_" + event``, as regular expressions for the whole name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

_ANY = ".*"
_FIXED = re.compile(r"[\w.]*")
_PLACE = re.compile(r"%s|%\(\w+\)s|\{\w*\}")
_TELLING = 2
"""The fewest fixed characters, a letter among them, since nearly everything ends in an ``s``."""


def made_names(node: ast.AST) -> Iterator[str]:
    """The patterns of the names that one node may compose."""
    match node:
        case ast.JoinedStr() | ast.BinOp(op=ast.Add()):
            parts = list(_parts(node))
        case ast.Constant(value=str(text)) if _PLACE.search(text):
            parts = [part for fixed in _PLACE.split(text) for part in (fixed, None)][:-1]
        case _:
            return
    fixed = "".join(part for part in parts if part is not None)
    telling = len(fixed) >= _TELLING and any(map(str.isalpha, fixed))
    if None in parts and telling and _FIXED.fullmatch(fixed):
        yield "".join(_ANY if part is None else re.escape(part) for part in parts)


def _parts(node: ast.AST) -> Iterator[str | None]:
    """The fixed parts of a string, with None for each variable part."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=values):
            for value in values:
                yield from _parts(value)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            yield from _parts(left)
            yield from _parts(right)
        case _:
            yield None
