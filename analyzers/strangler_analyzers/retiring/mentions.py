"""The words of a piece of source, by which it may use things."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from strangler_analyzers.retiring.made_names import made_names

_WORD = re.compile(r"[^\W\d]\w*")
_DOTTED = re.compile(r"[^\W\d]\w*(?:[.:][^\W\d]\w*)+")
_QUOTED = re.compile(r"(?<=[\"'])[^\"'\n]{1,200}(?=[\"'])")
_LONGEST = 400
"""Longer strings are prose, SQL or data: they name code only by names with a module."""


@dataclass(frozen=True, slots=True)
class Mentions:
    """Identifiers, the texts as they are (of an f-string its constant parts), and the words of short texts.

    `whole` are the names that stand for themselves somewhere, and not only before a dot. `made` are regular expressions
    of names that are made up of parts.
    """

    names: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    whole: frozenset[str] = frozenset()
    made: frozenset[str] = frozenset()

    def says(self, name: str) -> bool:
        """Whether it contains a name, as code or as a string."""
        return name in self.names or name in self.texts


def mentions_of(nodes: Iterable[ast.AST], without: frozenset[int] = frozenset()) -> Mentions:
    """The mentions in some nodes, without imports and docstrings.

    `without` are ids of nodes left out; of texts that are put together the parts still count.
    """
    names: set[str] = set()
    texts: set[str] = set()
    whole: set[str] = set()
    made: set[str] = set()
    before_dot: set[int] = set()
    for node in _walked(nodes, without):
        made.update(made_names(node))
        match node:
            case ast.Name(id=name):
                names.add(name)
                if id(node) not in before_dot:
                    whole.add(name)
            case ast.keyword(arg=str(name)) | ast.arg(arg=name):
                names.add(name)
            case ast.Attribute(attr=name):
                names.add(name)
                before_dot.add(id(node.value))
            case ast.Global(names=found) | ast.Nonlocal(names=found):
                names.update(found)
            case ast.MatchClass(kwd_attrs=found):
                names.update(found)
            case ast.Constant(value=str(text)) if len(text) <= _LONGEST:
                texts.add(text)
            case ast.Constant(value=str(text)):
                texts.update(_DOTTED.findall(text))
            case _:
                pass
    words = frozenset(_words(texts))
    return Mentions(frozenset(names), frozenset(texts), words, frozenset(whole), frozenset(made))


def mentions_of_text(text: str) -> Mentions:
    """The mentions in a template: every quoted string, and every word."""
    words = frozenset(_WORD.findall(text))
    return Mentions(words, frozenset(_QUOTED.findall(text)), words, words)


def mentions_of_settings(text: str) -> Mentions:
    """The mentions in a non-Python file, including dotted names without quotes."""
    said = mentions_of_text(text)
    return Mentions(said.names, said.texts | frozenset(_DOTTED.findall(text)), said.words, said.whole)


def _words(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from _WORD.findall(text)


def _walked(nodes: Iterable[ast.AST], without: frozenset[int]) -> Iterator[ast.AST]:
    pending = list(nodes)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import | ast.ImportFrom) or _is_docstring(node):
            continue
        if id(node) not in without:
            yield node
        elif not isinstance(node, ast.JoinedStr | ast.BinOp):
            continue
        pending.extend(ast.iter_child_nodes(node))


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
