"""Queries on tree-sitter nodes for the tolerant reader."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

_UNREADABLE_PARTS = frozenset({"type_parameter"})
"""Parts that are never read, and so may hold syntax that the grammar does not know."""


def parts(node: Node) -> list[Node]:
    """The meaningful named children: no comments, no line continuations, no errors."""
    return [child for child in node.named_children if not child.is_extra and not is_damage(child)]


def walk_parts(node: Node) -> Iterator[Node]:
    """Like `parts`, one at a time: a list of every element of a giant display would be larger than the file."""
    cursor = node.walk()
    if cursor.goto_first_child():
        more = True
        while more:
            child = cursor.node
            if child is not None and child.is_named and not child.is_extra and not is_damage(child):
                yield child
            more = cursor.goto_next_sibling()


def part(node: Node, field: str) -> Node | None:
    """The child in a field; None if there is none or it is damaged."""
    child = node.child_by_field_name(field)
    return None if child is None or is_damage(child) else child


def text(node: Node) -> str:
    """The source of a node."""
    return (node.text or b"").decode("utf-8", "replace")


def line(node: Node) -> int:
    """The line a node begins on, from 1."""
    return node.start_point.row + 1


def end_line(node: Node) -> int:
    """The line a node ends on, from 1."""
    return node.end_point.row + 1


def has_token(node: Node, token: str) -> bool:
    """Whether a keyword or punctuation token is a direct child of a node."""
    return any(child.type == token and not child.is_named for child in node.children)


def is_damage(node: Node) -> bool:
    """Whether a node is a parse error, or was inserted by the parser to recover from one."""
    return node.is_error or node.is_missing


def damages(node: Node) -> list[Node]:
    """The children that are parse errors."""
    return [child for child in node.children if is_damage(child)] if node.has_error else []


def is_sound(node: Node) -> bool:
    """Whether everything that is read below a node is free of parse errors."""
    if not node.has_error:
        return True
    return all(child.type in _UNREADABLE_PARTS or (not is_damage(child) and is_sound(child)) for child in node.children)


def bare(node: Node) -> Node:
    """The expression without enclosing parentheses."""
    while node.type in {"parenthesized_expression", "type", "as_pattern_target", "parenthesized_list_splat"}:
        inner = parts(node)
        if len(inner) != 1:
            return node
        node = inner[0]
    return node
