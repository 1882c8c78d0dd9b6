"""Expressions that a source table declares, in the target's SQL: with the same meaning, or not at all.

Between two databases of one engine an expression only gets other column names. Across engines only what means the same
in both is carried over: constants, and comparisons of numbers.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from strangler_etl.engine.declaration import Condition
from strangler_etl.mapping.expression_text import NotAnExpressionError, parsed_expression
from strangler_etl.values.conversions import Family, family_of

_ALIKE = (
    exp.Column, exp.Identifier, exp.Literal, exp.Paren, exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE,
    exp.LT, exp.LTE, exp.Between, exp.In, exp.Is, exp.Null, exp.Neg,
)  # fmt: skip
_NUMBERS = {Family.WHOLE, Family.NUMBER}
_NOW = (exp.CurrentTimestamp, exp.CurrentDatetime)


class NotCarriedError(Exception):
    """An expression has no counterpart in the target; the message says why."""


def condition_in(
    condition: Condition, names: Mapping[str, str], types: Mapping[str, str], dialects: tuple[str, str]
) -> str:
    """A condition over the target's columns; `names` maps source columns to theirs, `types` theirs to types.

    `dialects` are those of source and target. Raises NotCarriedError.
    """
    if condition.needs is not None:
        raise NotCarriedError(f"it needs {condition.needs}")
    here, there = dialects
    try:
        tree = parsed_expression(condition.sql, here)
    except NotAnExpressionError:
        raise NotCarriedError("it could not be read") from None
    used = {column.name for column in tree.find_all(exp.Column)}
    if lacking := sorted(used - names.keys()):
        raise NotCarriedError(f"{', '.join(lacking)} {'is' if len(lacking) == 1 else 'are'} not copied as it is")
    if here != there:
        if not all(isinstance(node, _ALIKE) for node in tree.walk()) or any(
            family_of(types[names[name]]) not in _NUMBERS for name in used
        ):
            raise NotCarriedError("it may mean something else in the SQL of PostgreSQL")
    elif all(names[name] == name for name in used):
        return condition.sql

    def renamed(node: exp.Expr) -> exp.Expr:
        return exp.column(names[node.name], quoted=True) if isinstance(node, exp.Column) else node

    return tree.transform(renamed).sql(dialect=there)


def default_in(default: Condition, type_: str, dialects: tuple[str, str]) -> str:
    """The default of a column that has a type of the target. Raises NotCarriedError."""
    if default.needs is not None:
        raise NotCarriedError(f"it needs {default.needs}")
    here, there = dialects
    if here == there:
        return default.sql if here == "postgres" else f"({default.sql})"
    try:
        tree = parsed_expression(default.sql, here).unnest()
    except NotAnExpressionError:
        raise NotCarriedError("it could not be read") from None
    family = family_of(type_)
    match tree:
        case exp.Literal() if not tree.is_string and family is Family.TRUTH:
            return "false" if tree.name in {"0", "0.0"} else "true"
        case exp.Boolean() if family is Family.TRUTH:
            return tree.sql(dialect=there)
        case exp.Literal() | exp.Neg() if family in _NUMBERS and not tree.find(exp.Column):
            number = tree.name if isinstance(tree, exp.Literal) else tree.sql(dialect=there)
            if _is_number(number):
                return number
        case exp.Literal() if tree.is_string and family in {Family.TEXT, Family.DOCUMENT}:
            return tree.sql(dialect=there)
        case _:
            pass
    if isinstance(tree, _NOW) and family is Family.MOMENT:
        return "CURRENT_TIMESTAMP" if "with time zone" in type_ else "(CURRENT_TIMESTAMP AT TIME ZONE 'UTC')"
    raise NotCarriedError("it may mean something else in the SQL of PostgreSQL")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
