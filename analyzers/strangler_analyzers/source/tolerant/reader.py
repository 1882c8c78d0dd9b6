"""Reads source that the interpreter cannot parse, through tree-sitter's error-tolerant grammar."""

from __future__ import annotations

import tree_sitter_python
from tree_sitter import Language, Parser

from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.lowering import physical_lines
from strangler_analyzers.source.tolerant.damage import Damage
from strangler_analyzers.source.tolerant.statements import Statements

_PARSER = Parser(Language(tree_sitter_python.language()))


def read_tolerantly(source: str) -> s.Tree:
    """The slim tree of what can be understood; `cuts` names the lines that cannot.

    Raises RecursionError for expressions nested too deeply.
    """
    damage = Damage()
    statements = Statements(damage)
    root = _PARSER.parse(source.encode("utf-8", "replace")).root_node
    body = statements.block(root)
    missing = damage.sentence()
    cuts = (*statements.expressions.cuts, *(() if missing is None else (missing,)))
    inside = statements.expressions
    return s.Tree(body, tuple(inside.bindings), physical_lines(source), cuts, tolerant=True, lambdas=inside.lambdas)
