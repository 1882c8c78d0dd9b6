"""Checks ``[etl.NAME]`` against the schemas of both databases: names, types, keys, and which columns must be filled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from sqlglot import exp
from sqlglot.errors import ErrorLevel, UnsupportedError

from strangler.project import ColumnSource, Expression, InitialColumn, KeyColumn, KeyKind, MaskedColumn, TableMapping
from strangler_etl.engine.keys import key_name
from strangler_etl.engine.schema import Schemas, Table
from strangler_etl.errors import MappingError
from strangler_etl.mapping.column_types import type_of
from strangler_etl.mapping.expression_text import NotAnExpressionError, parsed_expression
from strangler_etl.mapping.join_check import names_one_row
from strangler_etl.mapping.mapping import (
    DerivedColumn,
    ExpressionColumn,
    Join,
    MappedColumn,
    MappedTable,
    ReverseColumn,
    ServiceMapping,
)
from strangler_etl.mapping.mapping_error import all_of, did_you_mean, mapping_error
from strangler_etl.mapping.parts import told_apart
from strangler_etl.mapping.return_check import returning
from strangler_etl.mapping.unwritten_columns import columns_to_write, key_to_write
from strangler_etl.values.conversions import Family, converts, exact_scale, family_of, is_unscaled, loss_of, names_a_row
from strangler_etl.values.masking import masked


def map_service(
    service: str,
    mappings: Sequence[TableMapping],
    owned: Iterable[str],
    schemas: Schemas,
    *,
    way_back: bool = True,
) -> ServiceMapping:
    """Check the mappings of a service against the schemas of both databases; MappingError says what does not fit.

    Without `way_back`, columns need not be readable backwards.
    """
    mapped = _each(service, mappings, frozenset(owned), schemas)
    mapped = told_apart(service, mappings, mapped)
    if way_back:
        mapped = returning(service, mappings, mapped)
    if schemas.typed:
        for mapping in mappings:
            _require_types(mapping, mapped[mapping.name], loose=schemas.source_dialect != "postgres")
    sources = {mapping.source for mapping in mappings}
    for name in owned:
        if name not in sources:
            remedy = "write this mapping" if mappings else f"run: strangler etl init {service}"
            raise MappingError(service, name, "the service owns this table, but nothing says how it is copied", remedy)
    for table in mapped.values():
        for parent in sorted(table.parents - sources):
            meant = mapped[parent].source.name if parent in mapped else None
            remedy = f'it is a part of {meant}: write of = "{meant}"' if meant else did_you_mean(parent, sources)
            raise MappingError(service, table.name, f"refers to keys of {parent}, which is not copied", remedy)
        for parent in mapped.values():
            if parent.source.name in table.parents and not parent.remapped:
                _require_single_key(service, table, parent)
    parents = {
        name: {
            other.name
            for other in mapped.values()
            if other.source.name in table.parents and other.source.name != table.source.name
        }
        for name, table in mapped.items()
    }
    try:
        order = _parents_first(parents)
    except CycleError as error:
        cycle = " -> ".join(error.args[1])
        raise MappingError(service, error.args[1][0], f"the tables refer to each other in a circle: {cycle}") from None
    # Foreign keys of the target beyond those of the mapping; where they form a circle they must be deferrable.
    further = {
        name: parents[name] | {other.name for other in mapped.values() if other.target.name in table.target.parents}
        for name, table in mapped.items()
    }
    with suppress(CycleError):
        order = _parents_first(further)
    return ServiceMapping(service, tuple(mapped[name] for name in order), way_back)


def _each(
    service: str, mappings: Sequence[TableMapping], owned: AbstractSet[str], schemas: Schemas
) -> dict[str, MappedTable]:
    """Every mapping by itself; the errors of all mappings are raised as one."""
    mapped: dict[str, MappedTable] = {}
    faults: list[MappingError] = []
    for mapping in mappings:
        try:
            mapped[mapping.name] = _Check(service, mapping, mapping.source in owned, schemas).table()
        except MappingError as error:
            faults.append(error)
    if faults:
        raise all_of(faults)
    return mapped


def _require_single_key(service: str, table: MappedTable, parent: MappedTable) -> None:
    if len(parent.key) > 1:
        what = (
            f"refers to keys of {parent.source.name}, which has none of its own: it is known by {key_name(parent.key)}"
        )
        raise MappingError(service, table.name, what, "copy the columns that refer to it as they are")


_VALUES = frozenset({
    "true", "false", "null", "current_date", "current_time", "current_timestamp", "current_user", "localtime",
    "localtimestamp", "session_user", "user",
})  # fmt: skip
"""Names that are values by themselves in SQL."""


_FOREIGN = {(Family.WHOLE, Family.TRUTH), (Family.BYTES, Family.IDENTIFIER)}
"""Type pairs that match: engines without a boolean store 0 and 1, engines without UUIDs store 16 bytes."""


_SPELT = {Family.NUMBER, Family.TRUTH, Family.DAY, Family.MOMENT, Family.TIME, Family.SPAN}
"""Families whose values have several spellings, which only PostgreSQL recognises as the same value."""


def _require_types(mapping: TableMapping, table: MappedTable, *, loose: bool) -> None:
    for column in table.columns:
        type_, wanted = type_of(table, column), table.target.columns[column.target].type
        if type_ is None or converts(type_, wanted) or (loose and (family_of(type_), family_of(wanted)) in _FOREIGN):
            continue
        what = f"the target column {column.target} is {wanted}, which cannot hold {type_}"
        remedy = "make the column a uuid" if isinstance(column, DerivedColumn) else f"write how: (...)::{wanted}"
        raise mapping_error(table.service, mapping, what, remedy, "columns", column.target)


def _parents_first(parents: Mapping[str, AbstractSet[str]]) -> list[str]:
    return list(TopologicalSorter({name: sorted(found) for name, found in parents.items()}).static_order())


class _Check:
    """Checks one mapping."""

    def __init__(
        self,
        service: str,
        mapping: TableMapping,
        owned: bool,  # noqa: FBT001 - passed on from one caller
        schemas: Schemas,
    ) -> None:
        self._service = service
        self._mapping = mapping
        self._owned = owned
        self._dialect = schemas.source_dialect
        self._typed = schemas.typed
        self._sources = schemas.source
        self._source = self._existing(schemas.source, mapping.source, "the source", "source")
        self._target = self._existing(schemas.target, mapping.target, "the target", "target")
        self._joined = {
            name: self._existing(schemas.source, name, "the source", "joins", name) for name in mapping.joins
        }

    def table(self) -> MappedTable:
        source_key = self._source.key
        if not source_key:
            raise self._error(
                "has no primary key, so its rows cannot be followed",
                f"give it one in the source: ALTER TABLE {self._source.name} ADD PRIMARY KEY (...)",
            )
        if not self._mapping.columns:
            section = f"[etl.{self._service}.tables.{self._mapping.name}.columns]"
            what = f"names no columns; write under {section}: {columns_to_write(self._source, self._target)}"
            raise self._error(what)
        for part in source_key:
            if self._dialect == "postgres" and not names_a_row(type_ := self._source.columns[part].type):
                what = (
                    f"rows of {self._source.name} are known by {part}, which is {type_}: a journal spells it otherwise"
                )
                raise self._error(what, "give the table a primary key of another type")
        columns = tuple(self._column(name, column, source_key) for name, column in self._mapping.columns.items())
        key = self._key(columns, source_key)
        number = next((name for name, c in self._mapping.columns.items() if _is_number(c) and name not in key), None)
        for column in columns:
            if column.target in {*key, number} and isinstance(column, ExpressionColumn) and column.source is not None:
                self._require_distinct(column, column.source)
                if len(key) > 1:
                    self._require_same(column, column.source)
        table = MappedTable(
            service=self._service,
            name=self._mapping.name,
            source=self._source,
            target=self._target,
            owned=self._owned,
            source_key=source_key,
            key=key,
            number=number,
            columns=columns,
            joins=tuple(self._join(name, condition) for name, condition in self._mapping.joins.items()),
            where=self._source_sql(self._mapping.where, "where") if self._mapping.where else None,
            reverse=tuple(self._reverse(name, sql) for name, sql in self._mapping.reverse.items()),
            dropped=frozenset(self._mapping.drop),
        )
        self._complete(table)
        return table

    def _column(self, name: str, column: ColumnSource, source_key: tuple[str, ...]) -> MappedColumn:
        at = ("columns", name)
        self._known(name, self._target, "the target", *at)
        if self._target.columns[name].computed:
            raise self._error(f"the target computes {name} itself (GENERATED): nothing can be copied there", None, *at)
        match column:
            case Expression(sql=sql):
                tree = self._source_sql(sql, *at)
                return ExpressionColumn(name, tree, self._invertible(tree))
            case InitialColumn(sql=sql):
                if sql.isidentifier() and not {sql, sql.lower()} & (self._source.columns.keys() | _VALUES):
                    quoted = f"a text stands in quotes of SQL: {name} = {{ default = \"'{sql}'\" }}"
                    what = f"the source has no column {self._source.name}.{sql}"
                    raise self._error(what, did_you_mean(sql, self._source.columns) or quoted, *at)
                return ExpressionColumn(name, self._source_sql(sql, *at), None, initial=True)
            case MaskedColumn(sql=sql):
                return ExpressionColumn(name, masked(column, self._source_sql(sql, *at), self._dialect), None)
            case KeyColumn(kind=KeyKind.SOURCE):
                only = self._only(source_key, *at)
                return ExpressionColumn(name, exp.column(only, table=self._source.name, quoted=True), only)
            case KeyColumn(of=of, column=referring) if of is not None:
                return self._derived(name, self._known(referring or name, self._source, "the source", *at), of)
            case KeyColumn():
                return self._derived(name, self._only(source_key, *at), self._source.name)

    def _derived(self, name: str, source: str, of: str) -> DerivedColumn:
        """A key derived from the text of another: equal keys must have one text, here and where they are used."""
        type_, at = self._source.columns[source].type, ("columns", name)
        if self._dialect == "postgres" and is_unscaled(type_):
            what = (
                f"{name} is made of the text of {source}, which is {type_}: 1.0 and 1.00 are one number and two texts"
            )
            change = f"ALTER TABLE {self._source.name} ALTER COLUMN {source} TYPE numeric(20, 0)"
            raise self._error(what, f"copy the key, or give the number a scale: {change}", *at)
        for key in self._sources[of].key if of in self._sources else ():
            there = self._sources[of].columns[key].type
            if None not in (scales := (exact_scale(type_), exact_scale(there))) and len({*scales}) > 1:
                what = f"{name} follows {of}.{key}, which is {there}, by the text of {source}, which is {type_}"
                raise self._error(what, "give both numbers the same scale, or copy the key", *at)
        return DerivedColumn(name, source, of)

    def _only(self, source_key: tuple[str, ...], *at: str) -> str:
        """The column of a single-column key; the columns of a longer key must be mapped one by one."""
        first, *further = source_key
        if further:
            what = f"the key of {self._source.name} has several columns: {key_name(source_key)}"
            each = ", ".join(f'{one} = "{one}"' for one in source_key)
            remedy = f'copy each: {each}; or follow the keys of the table one refers to: {{ key = "uuid", of = TABLE }}'
            raise self._error(what, remedy, *at)
        return first

    def _join(self, name: str, condition: str) -> Join:
        table = self._joined[name]
        if not table.key:
            raise self._error(f"{name} has no primary key, so its changes cannot be followed", None, "joins", name)
        tree = self._source_sql(condition, "joins", name)
        if not names_one_row(table, tree):
            # Two rows for one key: the target would keep whichever comes last.
            what = f"several rows of {name} may belong to one: {condition!r} compares none of its unique columns"
            compared = " AND ".join(f"{name}.{column} = ..." for column in table.key)
            raise self._error(what, f"compare one with a column: {compared}", "joins", name)
        return Join(table, tree)

    def _key(self, columns: Sequence[MappedColumn], source_key: tuple[str, ...]) -> tuple[str, ...]:
        """The target columns that hold the source key and together are unique in the target."""
        if len(source_key) == 1:
            derived = [c.target for c in columns if isinstance(c, DerivedColumn) and self._is_own(c, source_key)]
            copies = [c.target for c in columns if isinstance(c, ExpressionColumn) and c.source == source_key[0]]
            for name in (*derived, *copies):
                if name in self._target.unique:
                    return (name,)
            raise self._error(
                f"no column of {self._target.name} identifies a row by the source key {source_key[0]}",
                f"give a primary key or unique column: {key_to_write(self._source, self._target)}",
            )
        holding = {c.source: c.target for c in columns if c.source is not None and c.target in self._target.key}
        key = tuple(holding[part] for part in source_key if part in holding)
        if len(key) == len(source_key) == len(self._target.key):
            return key
        raise self._error(
            f"the primary key of {self._target.name} does not hold the source key {key_name(source_key)},"
            " column by column",
            f"let it be the columns that hold {' and '.join(source_key)}; it is"
            f" {key_name(self._target.key) if self._target.key else 'none'}",
            "target",
        )

    def _is_own(self, column: DerivedColumn, source_key: tuple[str, ...]) -> bool:
        return column.of == self._source.name and (column.source,) == source_key

    def _require_distinct(self, column: ExpressionColumn, source_key: str) -> None:
        """Refuse a copy of the source key that may be the same for two rows, or that cannot find its row again."""
        casts = [column.expression.to] if isinstance(column.expression, exp.Cast) else []
        steps = [
            self._source.columns[source_key].type,
            *(cast.sql(dialect="postgres").lower() for cast in casts),
            self._target.columns[column.target].type,
        ]
        for here, there in pairwise(steps):
            loss = loss_of(here, there) if converts(here, there) else None
            said = loss.what if loss and loss.merges else None
            if self._dialect != "postgres" and family_of(here) is Family.TEXT and family_of(there) in _SPELT:
                said = f"several texts may be one {family_of(there)}"
            if said:
                what = f"{column.target} keeps the key {source_key} as {there}, which is {here}: {said}"
                remedy = f'make {column.target} {here}, or derive a key: {column.target} = {{ key = "uuid" }}'
                raise self._error(what, remedy, "columns", column.target)

    def _require_same(self, column: ExpressionColumn, source_key: str) -> None:
        """Refuse a part of a key that is spelled or ordered differently in the target: it is looked up as it is."""
        here, there = self._source.columns[source_key].type, self._target.columns[column.target].type
        if self._typed and (family_of(here) is not family_of(there) or loss_of(here, there)):
            what = f"{column.target} keeps {source_key}, a part of the key, as {there}, which is {here}"
            raise self._error(what, f"make {column.target} {here}", "columns", column.target)

    def _complete(self, table: MappedTable) -> None:
        mapped = {column.target for column in table.columns}
        for name, column in self._target.columns.items():
            if name not in mapped and not column.optional:
                what = f"the target column {name} must not be empty, but nothing fills it"
                keyed = f'write {name} = {{ key = "uuid" }}' if name in self._target.key else None
                raise self._error(what, keyed or f'say what rows begin with: {name} = {{ default = "..." }}', "columns")
        for name in self._mapping.drop:
            self._known(name, self._source, "the source", "drop")

    def _reverse(self, name: str, sql: str) -> ReverseColumn:
        at = ("reverse", name)
        self._known(name, self._source, "the source", *at)
        if self._source.columns[name].computed:
            raise self._error(f"the source computes {name} itself (GENERATED): nothing goes back there", None, *at)
        tables = {self._target.name: self._target}
        return ReverseColumn(name, self._qualified(sql, tables, self._target, "the target", *at))

    def _source_sql(self, sql: str, *at: str) -> exp.Expr:
        tables = {self._source.name: self._source, **self._joined}
        return self._qualified(sql, tables, self._source, "the source", *at)

    def _qualified(self, sql: str, tables: Mapping[str, Table], default: Table, where: str, *at: str) -> exp.Expr:
        """Parse an expression and qualify every column: with the table of the mapping where none is written."""
        try:
            tree = parsed_expression(sql)
        except NotAnExpressionError as error:
            raise self._error(f"is not SQL: {sql!r}: {error}", None, *at) from None

        def qualified(node: exp.Expr) -> exp.Expr:
            if not isinstance(node, exp.Column):
                return node
            name = node.table or default.name
            if name not in tables:
                what = f"{node.sql()} names a table that is neither the mapping's nor joined"
                raise self._error(what, did_you_mean(name, tables), *at)
            return exp.column(self._known(node.name, tables[name], where, *at), table=name, quoted=True)

        compiled = tree.transform(qualified)
        if where == "the source":
            self._require_said(compiled, sql, *at)
        return compiled

    def _require_said(self, tree: exp.Expr, sql: str, *at: str) -> None:
        """Refuse what the source's engine cannot express; sqlglot would leave it out."""
        try:
            tree.sql(dialect=self._dialect, unsupported_level=ErrorLevel.RAISE)
        except UnsupportedError as error:
            what = f"{sql!r} cannot be said in the source's SQL: {error}"
            raise self._error(what, "write it otherwise, or let the application compute it", *at) from None

    def _invertible(self, tree: exp.Expr) -> str | None:
        inner = tree.this if isinstance(tree, exp.Cast) else tree
        return inner.name if isinstance(inner, exp.Column) and inner.table == self._source.name else None

    def _existing(self, tables: Mapping[str, Table], name: str, where: str, *at: str) -> Table:
        if name not in tables:
            create = f"run: strangler etl run {self._service} --create" if where == "the target" else None
            raise self._error(f"{where} has no table {name}", did_you_mean(name, tables) or create, *at)
        return tables[name]

    def _known(self, name: str, table: Table, where: str, *at: str) -> str:
        if name not in table.columns:
            raise self._error(f"{where} has no column {table.name}.{name}", did_you_mean(name, table.columns), *at)
        return name

    def _error(self, what: str, remedy: str | None = None, *at: str) -> MappingError:
        return mapping_error(self._service, self._mapping, what, remedy, *at)


def _is_number(column: ColumnSource) -> bool:
    return isinstance(column, KeyColumn) and column.kind is KeyKind.SOURCE
