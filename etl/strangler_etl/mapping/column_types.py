"""What is known of the values a mapping gives a target column: their type, whether they can be NULL or repeat."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from strangler_etl.engine.schema import Column, Table
from strangler_etl.mapping.mapping import DerivedColumn, MappedColumn, MappedTable

UUID = "uuid"


def type_of(table: MappedTable, column: MappedColumn) -> str | None:
    """The type in PostgreSQL's spelling; None where only the database knows it."""
    if isinstance(column, DerivedColumn):
        return UUID
    return expression_type(tables_of(table), column.expression)


def expression_type(tables: dict[str, Table], tree: exp.Expr) -> str | None:
    """The type of a column, a cast, or a constant; None for other expressions."""
    if isinstance(tree, exp.Cast):
        return tree.to.sql(dialect="postgres").lower()
    if isinstance(tree, exp.Boolean | exp.Predicate | exp.Not | exp.Connector):
        return "boolean"
    if isinstance(tree, exp.Literal):
        return "text" if tree.is_string else "numeric"
    source = _column(tables, tree)
    return source.type if source else None


def may_be_null(table: MappedTable, column: MappedColumn) -> bool:
    """Whether a value can be NULL, as far as the source's constraints say."""
    if isinstance(column, DerivedColumn):
        return table.source.columns[column.source].nullable
    return expression_may_be_null(tables_of(table), column.expression)


def expression_may_be_null(tables: dict[str, Table], tree: exp.Expr) -> bool:
    """Whether an expression can give NULL, as far as the source's constraints say."""
    tree = tree.this if isinstance(tree, exp.Cast) else tree
    if isinstance(tree, exp.Coalesce):
        return all(_may_be_null(tables, part) for part in (tree.this, *tree.expressions))
    return _may_be_null(tables, tree)


def may_repeat(table: MappedTable, column: MappedColumn) -> bool:
    """Whether two rows can have the same value, as far as the source's constraints say."""
    return column.source is None or bool(table.joins) or column.source not in table.source.unique


def tables_of(table: MappedTable) -> dict[str, Table]:
    """The source tables a row is made of, by name."""
    return {one.name: one for one in (table.source, *(join.table for join in table.joins))}


def _may_be_null(tables: dict[str, Table], tree: exp.Expr) -> bool:
    if isinstance(tree, exp.Literal | exp.Boolean):
        return False
    source = _column(tables, tree)
    if source is None:
        # An expression without a nullable column is assumed never to be NULL.
        return isinstance(tree, exp.Null) or any(found.nullable for found in _columns(tables, tree))
    return source.nullable


def _columns(tables: dict[str, Table], tree: exp.Expr) -> Iterator[Column]:
    for node in tree.find_all(exp.Column):
        if found := _column(tables, node):
            yield found


def _column(tables: dict[str, Table], tree: exp.Expr) -> Column | None:
    return tables[tree.table].columns[tree.name] if isinstance(tree, exp.Column) else None
