"""Shortens files that are mostly data: cuts long displays in the text, before a parser makes nodes of every element.

Otherwise a table of six megabytes would determine the memory that the whole analysis needs: the parser's tree takes
some seventy bytes for each byte of source, and only `literals.MAX_ELEMENTS` elements are kept in the end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from strangler_analyzers.source.literals import MAX_ELEMENTS, cut

GIANT = 1_000_000
"""The length in characters from which a file is examined."""

_STRING = r'''"""(?:[^\\]|\\.)*?"""|\'\'\'(?:[^\\]|\\.)*?\'\'\'|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*\''''
_TOKEN = re.compile(rf"#[^\n]*|{_STRING}|[\[\](){{}},\"']", re.DOTALL)
_NO_DISPLAY = re.compile(r"[\w)\]}\"']\s*$")
"""The text before a bracket that calls, indexes or belongs to a statement."""
_NOTHING = re.compile(r"(?:\s|#[^\n]*\n)*$")
_CLOSES = {")": "(", "]": "[", "}": "{"}


@dataclass(slots=True)
class _Bracket:
    kind: str
    start: int
    is_display: bool
    elements: int = 0
    """Commas so far: the number of elements, without a last one that has no trailing comma."""
    last_comma: int = 0
    cut_from: int | None = None


@dataclass(frozen=True, slots=True)
class _Cut:
    start: int
    end: int
    note: str


def shorten(source: str) -> tuple[str, tuple[str, ...]]:
    """The text with only the first elements of long displays, and a note on each cut (from `literals.cut`).

    Everything keeps its line and column. Text that is not giant, in which a comma may belong to a lambda, or whose
    brackets do not match, is returned unchanged.
    """
    if len(source) < GIANT or "lambda" in source:
        return source, ()
    cuts = _cuts(source)
    parts: list[str] = []
    end = 0
    for found in cuts:
        parts += source[end : found.start], _blank(source[found.start : found.end])
        end = found.end
    return "".join((*parts, source[end:])), tuple(found.note for found in cuts)


def _cuts(source: str) -> list[_Cut]:
    """The parts to cut, disjoint and in text order; nothing inside a cut part is cut separately."""
    open_brackets: list[_Bracket] = []
    cuts: list[_Cut] = []
    for token in _TOKEN.finditer(source):
        text, position = token[0], token.start()
        if text in "([{":
            is_display = _NO_DISPLAY.search(source, max(0, position - 80), position) is None
            open_brackets.append(_Bracket(text, position, is_display))
        elif text == ",":
            if open_brackets:
                _count(open_brackets[-1], position)
        elif text in ")]}":
            if not open_brackets or open_brackets[-1].kind != _CLOSES[text]:
                return []
            found = _closed(source, open_brackets.pop(), position)
            if found is not None:
                cuts = [known for known in cuts if known.start < found.start]
                cuts.append(found)
        elif text in "\"'":  # A string that does not end.
            return []
    return [] if open_brackets else cuts


def _count(bracket: _Bracket, position: int) -> None:
    bracket.elements += 1
    bracket.last_comma = position
    if bracket.elements == MAX_ELEMENTS and bracket.is_display:
        bracket.cut_from = position + 1


def _closed(source: str, bracket: _Bracket, end: int) -> _Cut | None:
    if bracket.cut_from is None:
        return None
    ends_with_comma = _NOTHING.match(source, bracket.last_comma + 1, end) is not None
    elements = bracket.elements + (not ends_with_comma)
    if elements <= MAX_ELEMENTS:
        return None
    return _Cut(bracket.cut_from, end, cut(elements, source.count("\n", 0, bracket.start) + 1))


def _blank(text: str) -> str:
    """Blank text with as many lines, and as many bytes on the last line, since columns are counted in bytes."""
    lines, last = text.count("\n"), text.rpartition("\n")[2]
    return "\n" * lines + " " * len(last.encode("utf-8", "surrogatepass"))
