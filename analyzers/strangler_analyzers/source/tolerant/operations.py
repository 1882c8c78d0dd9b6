"""Lowers tree-sitter's operator nodes to the slim tree."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tree_sitter import Node

from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.literals import BINARY, COMPARISONS, UNARY, opaque, operation
from strangler_analyzers.source.tolerant.nodes import damages, part, parts

_OPERATORS = frozenset({"+", "%", "|", "&"})


class Operations:
    """Lowers operators; `of` lowers an operand."""

    def __init__(self, of: Callable[[Node], s.Expression]) -> None:
        self._of = of

    def binary(self, node: Node) -> s.Expression:
        """``a + b``, ``a * b``."""
        operator = node.child_by_field_name("operator")
        left, right = part(node, "left"), part(node, "right")
        if operator is None or left is None or right is None or operator.type not in _OPERATORS | BINARY:
            return opaque(list(map(self._of, parts(node))))
        if operator.type in BINARY:
            return operation(operator.type, (self._of(left), self._of(right)))
        return s.Operation(operator.type, self._of(left), self._of(right))

    def comparison(self, node: Node) -> s.Expression:
        """``a < b``; of a chain only the operands are kept."""
        operators, operands = node.children_by_field_name("operators"), parts(node)
        operands = [operand for operand in operands if operand not in operators]
        operator = operators[0].type.replace("<>", "!=") if len(operators) == 1 else ""
        if len(operands) != 2 or operator not in COMPARISONS:
            return opaque([self._of(operand) for operand in operands])
        return operation(operator, (self._of(operands[0]), self._of(operands[1])))

    def unary(self, node: Node) -> s.Expression:
        """``-a``, ``~a``."""
        operator, operand = node.child_by_field_name("operator"), part(node, "argument")
        if operator is None or operand is None or operator.type not in UNARY:
            return opaque(list(map(self._of, parts(node))))
        return operation(operator.type, (self._of(operand),))

    def union_type(self, node: Node) -> s.Expression:
        """``a | b | c``, which the grammar may nest to the right."""
        first, *rest = map(self._of, _united(node))
        for right in rest:
            first = s.Operation("|", first, right)
        return first

    def choice(self, node: Node) -> s.Expression:
        """``a and b``, ``a or b``: a chain of one operator becomes one `Choice`."""
        operator = node.child_by_field_name("operator")
        values: list[Node] = []
        while operator is not None:
            left, right = part(node, "left"), part(node, "right")
            if left is None or right is None:
                return opaque(list(map(self._of, parts(node))))
            values.append(right)
            inner = left.child_by_field_name("operator") if left.type == "boolean_operator" else None
            node = left
            if inner is None or inner.type != operator.type or damages(left):
                break
        return s.Choice(tuple(map(self._of, [node, *reversed(values)])), None)


def _united(node: Node) -> Iterator[Node]:
    while node.type == "type" and len(parts(node)) == 1:
        node = parts(node)[0]
    operator = node.child_by_field_name("operator")
    if node.type == "union_type" or (operator is not None and operator.type == "|"):
        for item in parts(node):
            yield from _united(item)
    else:
        yield node
