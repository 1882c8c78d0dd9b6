"""What the tolerant reader asks of a node of tree-sitter."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

_UNREADABLE_PARTS = frozenset({"type_parameter"})
"""Parts that are never looked into, and so may hold what the grammar does not know."""


def parts(node: Node) -> list[Node]:
    """The named children that mean something: no comments, no continued lines, no errors."""
    return [child for child in node.named_children if not child.is_extra and not is_damage(child)]


def walk_parts(node: Node) -> Iterator[Node]:
    """The same, one at a time: a list of every element of a giant display would outweigh the file."""
    cursor = node.walk()
    if cursor.goto_first_child():
        more = True
        while more:
            child = cursor.node
            if child is not None and child.is_named and not child.is_extra and not is_damage(child):
                yield child
            more = cursor.goto_next_sibling()


def part(node: Node, field: str) -> Node | None:
    """The child of a field, None where there is none or nothing sound."""
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
    """Whether a keyword or a sign stands directly in a node."""
    return any(child.type == token and not child.is_named for child in node.children)


def is_damage(node: Node) -> bool:
    """Whether the parser found no meaning for a node, or made it up to find one for its neighbours."""
    return node.is_error or node.is_missing


def damages(node: Node) -> list[Node]:
    """The children the parser found no meaning for."""
    return [child for child in node.children if is_damage(child)] if node.has_error else []


def is_sound(node: Node) -> bool:
    """Whether everything below a node that is looked into has a meaning."""
    if not node.has_error:
        return True
    return all(child.type in _UNREADABLE_PARTS or (not is_damage(child) and is_sound(child)) for child in node.children)


def bare(node: Node) -> Node:
    """The expression inside any parentheses."""
    while node.type in {"parenthesized_expression", "type", "as_pattern_target", "parenthesized_list_splat"}:
        inner = parts(node)
        if len(inner) != 1:
            return node
        node = inner[0]
    return node
