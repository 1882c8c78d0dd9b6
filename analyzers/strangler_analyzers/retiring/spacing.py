"""Blank lines and comments around removed statements."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import takewhile
from typing import TypeAlias

import libcst as cst

Statement: TypeAlias = cst.SimpleStatementLine | cst.BaseCompoundStatement
_KEPT = ("#!", "coding", "copyright", "license", "spdx")
"""Marks of comments at the top of a file that concern the whole file."""


def kept_statements(
    original: Sequence[cst.BaseStatement], updated: Sequence[cst.BaseStatement], dropped: Collection[cst.CSTNode]
) -> list[Statement]:
    """The statements of a block without those that are dropped, with their comments.

    What follows one that goes is as far from what is before it as that was; what becomes the first stands at the top.
    """
    kept: list[Statement] = []
    blanks = 0
    has_dropped = False
    for old, new in zip(original, updated, strict=True):
        if not isinstance(new, cst.SimpleStatementLine | cst.BaseCompoundStatement):
            continue
        if old in dropped:
            blanks, has_dropped = max(blanks, _blanks(new)), True
            continue
        kept.append(_after(new, blanks, at_top=not kept) if has_dropped else new)
        blanks, has_dropped = 0, False
    return kept


def without_comment_of_first(header: Sequence[cst.EmptyLine]) -> list[cst.EmptyLine]:
    """The top of a file without the comment that stands right at its first statement, which goes."""
    own = list(takewhile(lambda line: line.comment is not None, reversed(header)))
    texts = [line.comment.value.lower() for line in own if line.comment is not None]
    if any(word in text for text in texts for word in _KEPT):
        return list(header)
    rest = list(header[: len(header) - len(own)])
    while rest and rest[-1].comment is None:
        rest.pop()
    return rest


def _blanks(node: Statement) -> int:
    return len(list(takewhile(lambda line: line.comment is None, _leading(node))))


def _after(node: Statement, blanks: int, *, at_top: bool) -> Statement:
    lines, own = _leading(node), _blanks(node)
    if at_top:
        return node.with_changes(leading_lines=lines[own:])
    if own < blanks:
        return node.with_changes(leading_lines=[*[cst.EmptyLine(indent=False)] * (blanks - own), *lines])
    return node


def _leading(node: Statement) -> Sequence[cst.EmptyLine]:
    match node:
        case cst.SimpleStatementLine() | cst.FunctionDef() | cst.ClassDef() | cst.If() | cst.For() | cst.While():
            return node.leading_lines
        case cst.Try() | cst.TryStar() | cst.With() | cst.Match():
            return node.leading_lines
        case _:
            return ()
