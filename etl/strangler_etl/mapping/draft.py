"""Drafts the tables that a mapping needs and the target lacks.

Types, NOT NULL and UNIQUE follow the source's columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from strangler.project import ColumnSource, Expression, InitialColumn, KeyColumn, KeyKind, MaskedColumn, TableMapping
from strangler_etl.engine.schema import Column, Schemas, Table
from strangler_etl.mapping.column_types import UUID, expression_may_be_null, expression_type
from strangler_etl.mapping.expression_text import NotAnExpressionError, parsed_expression
from strangler_etl.mapping.mapping_error import mapping_error


def draft_tables(service: str, mappings: Sequence[TableMapping], schemas: Schemas) -> Mapping[str, Table]:
    """Draft the target tables of these mappings; MappingError where a column's type is not known.

    Mappings of tables that the source lacks are left out: the check reports them.
    """
    uuid = UUID if schemas.target_dialect == "postgres" else "text"
    known = [mapping for mapping in mappings if mapping.source in schemas.source]
    drafts: dict[str, Table] = {}
    for mapping in known:
        table = _Draft(service, mapping, schemas.source, uuid).table()
        other = drafts.get(table.name)
        drafts[table.name] = table if other is None else _both(service, mapping, other, table)
    return drafts


def _both(service: str, mapping: TableMapping, one: Table, other: Table) -> Table:
    """A table that can hold the rows of two drafts; MappingError where a column would have two types."""
    columns: dict[str, Column] = {}
    for name in dict.fromkeys((*one.columns, *other.columns)):
        said = [table.columns[name] for table in (one, other) if name in table.columns]
        if not _is_same(said[0].type, said[-1].type):
            what = f"{name} is {said[0].type} by another mapping, and {said[-1].type} here"
            raise mapping_error(service, mapping, what, f"write it: (...)::{said[0].type}", "columns", name)
        # The check refuses a column that only one of them fills.
        alone = len(said) == 1
        optional, nullable = (
            any(each) or alone for each in zip(*((c.optional, c.nullable) for c in said), strict=True)
        )
        columns[name] = replace(said[0], optional=optional, nullable=nullable)
    return replace(one, columns=columns, unique=frozenset(one.key if len(one.key) == 1 else ()))


def _is_same(one: str, other: str) -> bool:
    """Whether two spellings name one type, as ``varchar(9)`` and ``character varying(9)``."""
    spelt = (exp.DataType.build(type_, dialect="postgres", udt=True) for type_ in (one, other))
    return one == other or next(spelt) == next(spelt)


@dataclass(frozen=True, slots=True)
class _Draft:
    service: str
    mapping: TableMapping
    source: Mapping[str, Table]
    uuid: str

    def table(self) -> Table:
        columns = {name: self._column(name, column) for name, column in self.mapping.columns.items()}
        key = self._key()
        copied = {name for name, column in self.mapping.columns.items() if self._copies_unique(column)}
        return Table(self.mapping.target, columns, key, frozenset(key if len(key) == 1 else ()) | copied)

    def _key(self) -> tuple[str, ...]:
        """The column with a key of the service's own; otherwise those that hold the source's key."""
        columns = self.mapping.columns
        own = (name for name, c in columns.items() if isinstance(c, KeyColumn) and c.kind is KeyKind.UUID and not c.of)
        if (name := next(own, None)) is not None:
            return (name,)
        kept = [self._holding(part) for part in self.source[self.mapping.source].key]
        return tuple(name for name in kept if name is not None)

    def _holding(self, part: str) -> str | None:
        """The column that holds a part of the source's key, or the key of the row that this part refers to."""
        for name, column in self.mapping.columns.items():
            match column:
                case Expression(sql=sql) if _column_name(sql) == part:
                    return name
                case KeyColumn(kind=KeyKind.UUID, column=referring) if (referring or name) == part:
                    return name
                case _:
                    pass
        return None

    def _copies_unique(self, column: ColumnSource) -> bool:
        if isinstance(column, KeyColumn):
            return column.of is None
        if isinstance(column, MaskedColumn | InitialColumn):
            return False
        return not self.mapping.joins and column.sql in self.source[self.mapping.source].unique

    def _column(self, name: str, column: ColumnSource) -> Column:
        table = self.source[self.mapping.source]
        match column:
            case KeyColumn(kind=KeyKind.SOURCE):
                type_ = table.columns[table.key[0]].type if len(table.key) == 1 else "bigint"
                return Column(name, type_, optional=True, nullable=False)
            case KeyColumn(of=of, column=referring) if of is not None:
                known = table.columns.get(referring or name)
                nullable = known is None or known.nullable
                return Column(name, self.uuid, optional=nullable, nullable=nullable)
            case KeyColumn():
                return Column(name, self.uuid, optional=False, nullable=False)
            case Expression(sql=sql):
                return self._computed(name, sql)
            case InitialColumn(sql=sql):
                return replace(self._computed(name, sql), optional=True)
            case MaskedColumn(sql=sql):
                return self._computed(name, f"({sql})::text")

    def _computed(self, name: str, sql: str) -> Column:
        tables = {one: self.source[one] for one in (self.mapping.source, *self.mapping.joins) if one in self.source}
        tree = _qualified(sql, self.mapping.source)
        if tree is None or any(_unknown(tables, column) for column in tree.find_all(exp.Column)):
            # The check says what is wrong with it.
            return Column(name, "text", optional=True)
        type_ = expression_type(tables, tree)
        if type_ is None:
            what = f"the type of {name} is not known, so that its table cannot be created"
            raise mapping_error(self.service, self.mapping, what, f"write it: ({sql})::TYPE", "columns", name)
        nullable = expression_may_be_null(tables, tree)
        return Column(name, type_, optional=nullable, nullable=nullable)


def _column_name(sql: str) -> str | None:
    """The name of the column that an expression is, with or without its table."""
    tree = _qualified(sql, "")
    return tree.name if isinstance(tree, exp.Column) else None


def _qualified(sql: str, table: str) -> exp.Expr | None:
    try:
        tree = parsed_expression(sql)
    except NotAnExpressionError:
        return None

    def qualified(node: exp.Expr) -> exp.Expr:
        return exp.column(node.name, table=node.table or table) if isinstance(node, exp.Column) else node

    return tree.transform(qualified)


def _unknown(tables: Mapping[str, Table], column: exp.Column) -> bool:
    return column.table not in tables or column.name not in tables[column.table].columns
