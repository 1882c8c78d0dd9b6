"""Whether the join of a mapping gives one row for each source row, not several."""

from __future__ import annotations

from sqlglot import exp

from strangler_etl.engine.schema import Table


def names_one_row(table: Table, condition: exp.Expr) -> bool:
    """Whether a condition holds for at most one row of a table: its key, or a unique column, equals something else."""
    parts = condition.flatten() if isinstance(condition, exp.And) else (condition,)
    given: set[str] = set()
    for part in parts:
        equality = part.unnest()
        if isinstance(equality, exp.EQ):
            for column, other in ((equality.left, equality.right), (equality.right, equality.left)):
                own = isinstance(column, exp.Column) and column.table == table.name
                if own and all(part.table != table.name for part in other.find_all(exp.Column)):
                    given.add(column.name)
    return bool(given & table.unique) or (bool(table.key) and given >= {*table.key})
