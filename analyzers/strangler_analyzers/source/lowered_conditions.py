"""Lowers the tests of `ast` to the conditions of the slim tree."""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence

from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.conditions import Condition, Decision, Truth, decided, equal, opposite, together
from strangler_analyzers.source.literals import constant, operation

_LEAVES = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_OPERATORS: dict[type[ast.cmpop], str] = {ast.Is: "is", ast.IsNot: "is not", ast.Eq: "==", ast.NotEq: "!="}


def decision(node: ast.If, parameters: Collection[str]) -> Decision | None:
    """The decision of an ``if``; None if no parameter takes part in it."""
    return decided(_condition(node.test, parameters), _leaves(node.body), _leaves(node.orelse))


def _condition(node: ast.expr, parameters: Collection[str]) -> Condition | None:
    match node:
        case ast.Name() | ast.Attribute():
            subject = _subject(node, parameters)
            return None if subject is None else Truth(subject)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return opposite(_condition(operand, parameters))
        case ast.BoolOp(op=op, values=values):
            return together([_condition(value, parameters) for value in values], every=isinstance(op, ast.And))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            subject, operator, literal = _subject(left, parameters), _OPERATORS.get(type(op)), _literal(right)
            if subject is None or operator is None or not isinstance(literal, s.Constant):
                return None
            return equal(subject, operator, literal.value)
        case _:
            return None


def _literal(node: ast.expr) -> s.Expression:
    """A constant, which may have a sign; anything else is opaque."""
    match node:
        case ast.Constant(value=value):
            return constant(value)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=operand):
            return operation("-" if isinstance(sign, ast.USub) else "+", (_literal(operand),))
        case _:
            return s.OPAQUE


def _subject(node: ast.expr, parameters: Collection[str]) -> str | None:
    """A parameter, or an attribute of one."""
    match node:
        case ast.Name(id=name) if name in parameters:
            return name
        case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name in parameters:
            return f"{name}.{attribute}"
        case _:
            return None


def _leaves(block: Sequence[ast.stmt]) -> bool:
    return bool(block) and isinstance(block[-1], _LEAVES)
