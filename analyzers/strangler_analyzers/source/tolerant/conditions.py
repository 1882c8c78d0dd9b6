"""Lowers tree-sitter's nodes to the conditions of the slim tree."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from tree_sitter import Node

from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.conditions import Condition, Truth, equal, opposite, together
from strangler_analyzers.source.tolerant.nodes import bare, part, parts, text

_LEAVES = frozenset({"return_statement", "raise_statement", "continue_statement", "break_statement"})


def condition(node: Node, parameters: Collection[str], read: Callable[[Node], s.Expression]) -> Condition | None:
    """The condition that a test puts on parameters; `read` lowers a literal."""
    node = bare(node)
    match node.type:
        case "identifier" | "attribute":
            subject = _subject(node, parameters)
            return None if subject is None else Truth(subject)
        case "not_operator":
            operand = part(node, "argument")
            return None if operand is None else opposite(condition(operand, parameters, read))
        case "boolean_operator":
            operator = node.child_by_field_name("operator")
            values = [condition(value, parameters, read) for value in _values(node)]
            return None if operator is None else together(values, every=operator.type == "and")
        case "comparison_operator":
            return _comparison(node, parameters, read)
        case _:
            return None


def leaves(block: Node | None) -> bool:
    """Whether a block ends with a statement that leaves the enclosing block."""
    own = parts(block) if block is not None else []
    return bool(own) and own[-1].type in _LEAVES


def _values(node: Node) -> Iterator[Node]:
    """The operands of ``a and b and c``, which the grammar nests to the left."""
    operator, left, right = (node.child_by_field_name(name) for name in ("operator", "left", "right"))
    if operator is None or left is None or right is None:
        return
    inner = left.child_by_field_name("operator") if left.type == "boolean_operator" else None
    if inner is not None and inner.type == operator.type:
        yield from _values(left)
    else:
        yield left
    yield right


def _comparison(node: Node, parameters: Collection[str], read: Callable[[Node], s.Expression]) -> Condition | None:
    operators = node.children_by_field_name("operators")
    operands = [operand for operand in parts(node) if operand not in operators]
    if len(operators) != 1 or len(operands) != 2:
        return None
    operator = operators[0].type.replace("<>", "!=")
    subject = _subject(bare(operands[0]), parameters)
    if subject is None or operator not in {"is", "is not", "==", "!="}:
        return None
    literal = read(operands[1])
    return equal(subject, operator, literal.value) if isinstance(literal, s.Constant) else None


def _subject(node: Node, parameters: Collection[str]) -> str | None:
    """A parameter, or an attribute of one."""
    if node.type == "attribute":
        owner, name = part(node, "object"), part(node, "attribute")
        if owner is None or name is None:
            return None
        owner = bare(owner)
        return f"{text(owner)}.{text(name)}" if owner.type == "identifier" and text(owner) in parameters else None
    return text(node) if node.type == "identifier" and text(node) in parameters else None
