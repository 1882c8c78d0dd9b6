"""The kinds of rows in a target table that goes back to several tables of the source."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from sqlglot import exp

from strangler_etl.mapping.filters import surely_differ
from strangler_etl.mapping.mapping import MappedTable


def kinds_named(kinds: Sequence[MappedTable]) -> tuple[str, Sequence[str]]:
    """The column that tells the mappings apart, and its value for each, as SQL."""
    known = [one.kind for one in kinds if one.kind is not None]
    return known[0][0], [constant.sql(dialect="postgres") for _, constant in known]


def alike(kinds: Sequence[MappedTable]) -> tuple[MappedTable, MappedTable] | None:
    """Two of the mappings whose constants a collation may take for equal; None where there are none."""
    for one, other in combinations(kinds, 2):
        (column, here), (_, there) = _kind(one), _kind(other)
        if not surely_differ(one.target.columns[column].type, here, there):
            return one, other
    return None


def _kind(table: MappedTable) -> tuple[str, str]:
    """The column, and its constant as a text."""
    assert table.kind is not None
    column, constant = table.kind
    while isinstance(constant, exp.Cast | exp.Paren):
        constant = constant.this
    return column, str(int(constant.this)) if isinstance(constant, exp.Boolean) else constant.name
