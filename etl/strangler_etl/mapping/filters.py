"""What the filters of a mapping say about single columns, and which filters surely exclude each other.

A conjunction takes only rows that meet each of its conditions. So two filters have no row in common where one condition
of each is about the same column, and no value meets both. A condition that says nothing about one column alone, such as
one over two columns, is skipped, and the proof is sought among the others.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import product

from sqlglot import exp

from strangler_etl.engine.schema import Table
from strangler_etl.values.conversions import Family, family_of

_NUMBERS = frozenset({Family.WHOLE, Family.NUMBER})
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_LASTING = (
    exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.And, exp.Or, exp.Not, exp.EQ,
    exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In, exp.Is, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Neg,
    exp.Tuple, exp.Like, exp.Cast, exp.DataType, exp.DataTypeParam, exp.Coalesce, exp.Lower, exp.Upper, exp.Add,
    exp.Sub, exp.Mul, exp.Mod,
)  # fmt: skip
"""Expressions that mean the same for the same row at any time."""


@dataclass(frozen=True, slots=True)
class Among:
    """The column has one of these values; with `null`, or is NULL."""

    values: frozenset[str]
    null: bool = False


@dataclass(frozen=True, slots=True)
class Except:
    """The column has a value other than these; with `null`, or is NULL."""

    values: frozenset[str]
    null: bool = False


@dataclass(frozen=True, slots=True)
class Within:
    """The column's value lies within two bounds, each with whether it is included; None where there is no bound."""

    least: tuple[str, bool] | None = None
    most: tuple[str, bool] | None = None


ValueSet = Among | Except | Within
_TEXTS = frozenset({exp.DataType.Type.TEXT, exp.DataType.Type.VARCHAR})
_WHOLES = frozenset({exp.DataType.Type.SMALLINT, exp.DataType.Type.INT, exp.DataType.Type.BIGINT})
_NEGATED: Mapping[type[exp.Expr], type[exp.Expr]] = {
    exp.EQ: exp.NEQ, exp.NEQ: exp.EQ, exp.GT: exp.LTE, exp.LTE: exp.GT, exp.LT: exp.GTE, exp.GTE: exp.LT,
}  # fmt: skip
_TURNED: Mapping[type[exp.Expr], type[exp.Expr]] = {
    exp.GT: exp.LT, exp.LT: exp.GT, exp.GTE: exp.LTE, exp.LTE: exp.GTE, exp.EQ: exp.EQ, exp.NEQ: exp.NEQ,
}  # fmt: skip


def passing(condition: exp.Expr) -> str | None:
    """The part of a filter that may take other rows tomorrow, as SQL; None where there is none."""
    return next((node.sql(dialect="postgres") for node in condition.walk() if not isinstance(node, _LASTING)), None)


def columns_of(condition: exp.Expr) -> Sequence[str]:
    """The columns a filter uses, each once."""
    return list(dict.fromkeys(node.name for node in condition.find_all(exp.Column)))


def fixed_values(table: Table, condition: exp.Expr) -> Mapping[str, exp.Expr]:
    """The columns that have one and the same value, or are NULL, in every row that a filter takes."""
    fixed: dict[str, exp.Expr] = {}
    for part in _conditions(condition):
        match part:
            case exp.EQ(this=exp.Column()) if _constant(part.right) is not None:
                fixed[part.left.name] = _bare(part.right)
            case exp.EQ(expression=exp.Column()) if _constant(part.left) is not None:
                fixed[part.right.name] = _bare(part.left)
            case exp.In(this=exp.Column(), expressions=[only]) if _constant(only) is not None:
                fixed[part.this.name] = _bare(only)
            case exp.Is(this=exp.Column(), expression=exp.Null()) if not part.args.get("negate"):
                fixed[part.this.name] = exp.Null()
            case exp.Column() | exp.Not(this=exp.Column()) if _is_truth(table, part.find(exp.Column)):
                value = exp.Boolean(this=isinstance(part, exp.Column))
                fixed[(part if isinstance(part, exp.Column) else part.this).name] = value
            case _:
                pass
    return fixed


def surely_differ(type_: str, one: str, other: str) -> bool:
    """Whether two constants, as texts, are surely different values of this type, whatever the collation."""
    return _Kind(family_of(type_)).differ(one, other)


def exclude_each_other(table: Table, one: exp.Expr, other: exp.Expr) -> bool:
    """Whether surely no row of the table meets both filters, whatever the collations of its columns."""
    here, there = _sets_of(table, one), _sets_of(table, other)
    for name in here.keys() & there.keys():
        kind = _Kind(family_of(table.columns[name].type))
        for some, others in product(here[name], there[name]):
            if all(_apart(kind, *pair) for pair in product(some, others)):
                return True
    return False


def _conditions(condition: exp.Expr) -> Sequence[exp.Expr]:
    """The conditions that must all hold."""
    tree = condition.unnest()
    parts = tree.flatten() if isinstance(tree, exp.And) else (tree,)
    return [found for part in parts for found in (_conditions(part) if part.unnest() is not tree else (part.unnest(),))]


def _sets_of(table: Table, condition: exp.Expr) -> Mapping[str, Sequence[Sequence[ValueSet]]]:
    """For each column, what single conditions allow: the value lies in one of several sets."""
    found: defaultdict[str, list[Sequence[ValueSet]]] = defaultdict(list)
    for part in _conditions(condition):
        names = columns_of(part)
        if len(names) == 1 and (sets := _sets(table, part)) is not None:
            found[names[0]].append(sets)
    return found


def _sets(table: Table, condition: exp.Expr) -> Sequence[ValueSet] | None:
    """The sets that a condition on one column allows, one of which holds the value; None where that is not known."""
    match condition:
        case exp.Paren():
            return _sets(table, condition.this)
        case exp.Or():
            each = [_sets(table, part.unnest()) for part in condition.flatten()]
            known = [sets for sets in each if sets is not None]
            return [one for sets in known for one in sets] if len(known) == len(each) else None
        case exp.Not():
            return _negated(table, condition.this.unnest())
        case exp.Column() if _is_truth(table, condition):
            # SQLite takes every number except 0 for true.
            return [Except(frozenset({"0"}))]
        case exp.Is() | exp.NullSafeEQ() | exp.NullSafeNEQ():
            return _distinct(condition, holds=not isinstance(condition, exp.NullSafeNEQ))
        case exp.In(this=exp.Column()):
            values = [_constant(value) for value in condition.expressions]
            known = frozenset(value for value in values if value is not None)
            return [Among(known)] if values and len(known) == len({*values}) else None
        case exp.Between(this=exp.Column()):
            low, high = (_constant(condition.args[name]) for name in ("low", "high"))
            return [Within((low, True), (high, True))] if low is not None and high is not None else None
        case exp.EQ() | exp.NEQ() | exp.GT() | exp.GTE() | exp.LT() | exp.LTE():
            return _compared(type(condition), condition)
        case _:
            return None


def _compared(operator: type[exp.Expr], condition: exp.Expr) -> Sequence[ValueSet] | None:
    column, value = condition.this.unnest(), condition.expression.unnest()
    if isinstance(value, exp.Column):
        column, value, operator = value, column, _TURNED[operator]
    constant = _constant(value)
    if not isinstance(column, exp.Column) or constant is None:
        return None
    sets: Mapping[type[exp.Expr], ValueSet] = {
        exp.EQ: Among(frozenset({constant})),
        exp.NEQ: Except(frozenset({constant})),
        exp.GT: Within(least=(constant, False)),
        exp.GTE: Within(least=(constant, True)),
        exp.LT: Within(most=(constant, False)),
        exp.LTE: Within(most=(constant, True)),
    }
    return [sets[operator]]


def _distinct(condition: exp.Expr, *, holds: bool) -> Sequence[ValueSet] | None:
    """IS [NOT] NULL, TRUE or FALSE, and IS [NOT] DISTINCT FROM."""
    column, value = condition.this.unnest(), condition.expression.unnest()
    if not isinstance(column, exp.Column):
        return None
    holds ^= bool(condition.args.get("negate"))
    if isinstance(value, exp.Null):
        return [Among(frozenset(), null=True) if holds else Except(frozenset())]
    constant = _constant(value)
    if isinstance(condition, exp.Is):
        if not isinstance(value, exp.Boolean):
            return None
        false = frozenset({"0"})
        if value.this:
            return [Except(false) if holds else Among(false, null=True)]
        return [Among(false) if holds else Except(false, null=True)]
    if constant is None:
        return None
    return [Among(frozenset({constant})) if holds else Except(frozenset({constant}), null=True)]


def _negated(table: Table, condition: exp.Expr) -> Sequence[ValueSet] | None:
    match condition:
        case exp.Column() if _is_truth(table, condition):
            return [Among(frozenset({"0"}))]
        case exp.Is() | exp.NullSafeEQ() | exp.NullSafeNEQ():
            return _distinct(condition, holds=isinstance(condition, exp.NullSafeNEQ))
        case exp.In():
            sets = _sets(table, condition)
            return [Except(one.values) for one in sets if isinstance(one, Among)] if sets else None
        case exp.EQ() | exp.NEQ() | exp.GT() | exp.GTE() | exp.LT() | exp.LTE():
            return _compared(_NEGATED[type(condition)], condition)
        case exp.Not():
            return _sets(table, condition.this.unnest())
        case _:
            return None


def _is_truth(table: Table, column: exp.Expr | None) -> bool:
    """Whether a column is a condition by itself."""
    return isinstance(column, exp.Column) and family_of(table.columns[column.name].type) is Family.TRUTH


def _constant(value: exp.Expr) -> str | None:
    """A plain constant as text; None for anything else."""
    match value:
        case exp.Paren():
            return _constant(value.this)
        case exp.Literal():
            return value.name
        case exp.Boolean():
            return str(int(value.this))
        case exp.Neg(this=exp.Literal()):
            return f"-{value.this.name}"
        case exp.Cast(this=exp.Literal()) if not value.to.expressions and value.to.this in (
            _TEXTS if value.this.is_string else _WHOLES
        ):
            # Any other type may change the value, such as a fraction into a whole number, or a word into one letter.
            return value.this.name if value.this.is_string or value.this.is_int else None
        case _:
            return None


def _bare(constant: exp.Expr) -> exp.Expr:
    """A constant without a type name, which the other database may not have."""
    return _bare(constant.this) if isinstance(constant, exp.Cast | exp.Paren) else constant


@dataclass(frozen=True, slots=True)
class _Kind:
    """What is known of the values of a column."""

    family: Family

    def differ(self, one: str, other: str) -> bool:
        """Whether no column takes the two constants for equal: a collation may ignore case, blanks, and more."""
        match self.family:
            case Family.WHOLE | Family.NUMBER:
                here, there = _number(one), _number(other)
                return here is not None and there is not None and here != there and float(here) != float(there)
            case Family.TRUTH:
                return {one, other} == {"0", "1"}
            case Family.DAY | Family.MOMENT:
                return all(_DAY.fullmatch(each) for each in (one, other)) and one != other
            case Family.TEXT | Family.OTHER:
                here, there = _letters(one), _letters(other)
                return bool(here) and bool(there) and here != there
            case _:
                return False

    def before(self, one: str, other: str) -> bool:
        """Whether a constant surely comes before another one."""
        if not self.differ(one, other):
            return False
        if self.family in _NUMBERS:
            return Decimal(one) < Decimal(other)
        return self.family in {Family.DAY, Family.MOMENT} and one < other


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _letters(text: str) -> str:
    """The letters that no collation ignores."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in folded if character.isalnum())


def _apart(kind: _Kind, one: ValueSet, other: ValueSet) -> bool:
    """Whether the two sets share no value, NULL included."""
    match one, other:
        case (Among(), Among()):
            return not (one.null and other.null) and all(
                kind.differ(*pair) for pair in product(one.values, other.values)
            )
        case (Among(), Except()):
            # The very same comparison cannot hold and not hold.
            return not (one.null and other.null) and one.values <= other.values
        case (Except(), Among()) | (Within(), Among()):
            return _apart(kind, other, one)
        case (Among(), Within()):
            return all(_outside(kind, value, other) for value in one.values)
        case (Within(), Within()):
            return _ends_before(kind, one, other) or _ends_before(kind, other, one)
        case _:
            return False


def _outside(kind: _Kind, value: str, limits: Within) -> bool:
    here = Within((value, True), (value, True))
    return _ends_before(kind, here, limits) or _ends_before(kind, limits, here)


def _ends_before(kind: _Kind, one: Within, other: Within) -> bool:
    if one.most is None or other.least is None:
        return False
    (most, has_most), (least, has_least) = one.most, other.least
    return kind.before(most, least) or (most == least and not (has_most and has_least))
