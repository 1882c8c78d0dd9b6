"""Names are kept once, however often they are written."""

from __future__ import annotations

import msgspec

from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.lowering import lower
from strangler_analyzers.source.sharing import share_strings
from strangler_analyzers.source.traversal import nodes

_CODE = """
from library import some_name as other_name
def other_name(some_name="some_text"):
    return other_name(some_name, other_name=other_name.some_name, x=["some_text"])
"""


def test_equal_names_of_all_trees_are_one_string() -> None:
    """Nothing but the number of strings changes."""
    packed = msgspec.msgpack.encode(lower(_CODE))
    trees = [msgspec.msgpack.decode(packed, type=s.Tree) for _ in range(2)]
    for tree in trees:
        share_strings(tree)
        assert msgspec.msgpack.encode(tree) == packed
    strings = [text for tree in trees for node in nodes((tree,), nested=True) for text in _strings(node)]
    assert len(strings) > 10
    assert len({id(text) for text in strings}) == len(set(strings))


def _strings(node: s.Node) -> list[str]:
    match node:
        case s.Name(id=text) | s.Attribute(name=text) | s.Parameter(name=text) | s.Constant(value=str(text)):
            return [text]
        case s.Keyword(name=str(text)) | s.Alias(name=text):
            return [text]
        case _:
            return []
