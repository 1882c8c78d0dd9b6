"""The part of a file that a rewrite is about: LibCST would take a hundred times as long as ``ast`` for all of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

_WORD = re.compile(r"\w+")
_NAME = re.compile(r"[\w.:]+")
_MARK = "__strangler_gap_{}__"
_RUNS_TEXT = frozenset({"eval", "exec", "compile"})
_Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A program made of some statements of a file; in the place of the others stand marks, statements themselves.

    `lines` maps lines of the file to those of the excerpt. `words` are the names the others mention, and those in
    texts of the whole file that could be names: of ``__all__``, ``getattr``, ``mock.patch``.
    """

    source: bytes
    lines: dict[int, int]
    words: frozenset[str]
    gaps: tuple[tuple[bytes, bytes], ...]

    def filled(self, source: bytes) -> bytes:
        """A rewritten excerpt with everything else in its place again."""
        for mark, text in self.gaps:
            if source.count(mark) != 1:
                raise ValueError(f"{mark.decode()} is lost")
            source = source.replace(mark, text)
        return source


def excerpt_of(source: bytes, sites: frozenset[int], name: str) -> Excerpt:
    """The statements that matter for the calls on some lines.

    That is imports and what stands under conditions at the top, what binds `name` or one that is called there, and
    the functions the calls stand in; the whole file where ``ast`` cannot parse it.
    """
    lines = source.splitlines(keepends=True)
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return _whole(source, len(lines))
    if _MARK.partition("{")[0].encode() in source:
        return _whole(source, len(lines))
    omitted = list(_omitted(tree.body, sites, _called(tree, sites) | {name}))
    others = (statement for span in omitted for statement in span.statements)
    return _cut(lines, omitted, frozenset({*_names_in_texts(tree), *_words(others)}))


@dataclass(frozen=True, slots=True)
class _Span:
    """Statements that stand on lines of their own, `first` to `last`."""

    first: int
    last: int
    statements: tuple[ast.stmt, ...]


def _whole(source: bytes, count: int) -> Excerpt:
    words = frozenset(_WORD.findall(source.decode("utf-8", "replace")))
    return Excerpt(source, {line: line for line in range(1, count + 1)}, words, ())


def _called(tree: ast.Module, sites: frozenset[int]) -> frozenset[str]:
    """The first names of what is called on the lines of sites."""
    found: set[str] = set()
    inside = (item for item in tree.body if any(line in sites for line in range(_first(item), _last(item) + 1)))
    for node in (node for statement in inside for node in ast.walk(statement)):
        if isinstance(node, ast.Call) and any(line in sites for line in range(node.lineno, _last(node.func) + 1)):
            root: ast.expr = node.func
            while isinstance(root, ast.Attribute):
                root = root.value
            if isinstance(root, ast.Name):
                found.add(root.id)
    return frozenset(found)


def _omitted(body: Sequence[ast.stmt], sites: frozenset[int], names: frozenset[str]) -> Iterator[_Span]:
    for span in _spans(body):
        has_site = any(line in sites for line in range(span.first, span.last + 1))
        if has_site and len(span.statements) == 1 and isinstance(span.statements[0], ast.ClassDef):
            yield from _omitted(span.statements[0].body, sites, names)
        elif not has_site and not any(_matters(statement, names) for statement in span.statements):
            yield span


def _spans(body: Sequence[ast.stmt]) -> Iterator[_Span]:
    """The statements of a body; those that share a line together."""
    group: list[ast.stmt] = []
    for statement in body:
        if group and _first(statement) > _last(group[-1]):
            yield _Span(_first(group[0]), _last(group[-1]), tuple(group))
            group = []
        group.append(statement)
    if group:
        yield _Span(_first(group[0]), _last(group[-1]), tuple(group))


def _matters(statement: ast.stmt, names: frozenset[str]) -> bool:
    """Whether a statement without a call that is to be rewritten may say what a name means."""
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return statement.name in names or any(
                isinstance(node, ast.Global) and names & set(node.names) for node in ast.walk(statement)
            )
        case ast.Assign() | ast.AnnAssign() | ast.AugAssign() | ast.Expr():
            return any(isinstance(node, ast.Name) and _is_bound(node, names) for node in ast.walk(statement))
        case _:
            return True


def _is_bound(node: ast.Name, names: frozenset[str]) -> bool:
    return not isinstance(node.ctx, ast.Load) and node.id in names


def _cut(lines: list[bytes], omitted: list[_Span], words: frozenset[str]) -> Excerpt:
    by_first = {span.first: span for span in omitted}
    kept: list[bytes] = []
    mapped: dict[int, int] = {}
    gaps: list[tuple[bytes, bytes]] = []
    number = 1
    while number <= len(lines):
        span = by_first.get(number)
        if span is None:
            kept.append(lines[number - 1])
            mapped[number] = len(kept)
            number += 1
            continue
        text = b"".join(lines[span.first - 1 : span.last])
        content = text.rstrip(b"\r\n")
        indent = content[: len(content) - len(content.lstrip(b" \t\f"))]
        mark = _MARK.format(len(gaps)).encode()
        gaps.append((mark, content[len(indent) :]))
        kept.append(indent + mark + text[len(content) :])
        number = span.last + 1
    return Excerpt(b"".join(kept), mapped, words, tuple(gaps))


def _names_in_texts(tree: ast.Module) -> Iterator[str]:
    """The words of texts that are one dotted name; of every text where the file runs text as code."""
    texts: list[str] = []
    runs = False
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str):
                texts.append(node.value)
        elif isinstance(node, ast.Name):
            runs = runs or node.id in _RUNS_TEXT
    for text in texts:
        if runs or _NAME.fullmatch(text):
            yield from _WORD.findall(text)


def _words(statements: Iterable[ast.stmt]) -> Iterator[str]:
    """The names in statements, those in types that are written as text too, but not the words of docstrings."""
    for statement in statements:
        docstrings: set[int] = set()
        for node in ast.walk(statement):
            if isinstance(node, ast.Expr):
                docstrings.add(id(node.value))
            elif isinstance(node, ast.Name):
                yield node.id
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
                yield from _WORD.findall(node.value)


def _first(statement: ast.stmt) -> int:
    decorators = statement.decorator_list if isinstance(statement, _Scope) else []
    return min([statement.lineno, *(node.lineno for node in decorators)])


def _last(node: ast.stmt | ast.expr) -> int:
    return node.end_lineno or node.lineno
