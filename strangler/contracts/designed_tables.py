"""Matches the models of a document to the monolith's tables, by the names that a draft would give them."""

from __future__ import annotations

from collections.abc import Sequence

from strangler.contracts.document import HEALTH_MODEL, Document, Model
from strangler.contracts.draft_names import declared_name, field_names, model_names
from strangler.contracts.generation.tables import column_names, table_name
from strangler.contracts.type_reference import BuiltIn, NamedType, Type
from strangler.model.designed_table import Design, DesignedColumn, DesignedTable
from strangler.model.tables import Table

_WHOLE = frozenset({BuiltIn.INTEGER, BuiltIn.LONG})


def designed_tables(document: Document, owned: Sequence[Table]) -> Design:
    """The document's models that correspond to `owned` tables of the monolith, as the tables generated from them.

    A model matches a table if its name is the one a draft would give, the table's own name, or the table's name without
    its prefix; underscores do not count. A table without such a model is reported as missing.
    """
    models = {model.name: model for model in document.models if model.name != HEALTH_MODEL}
    drafted = {table.name: name for name, table in model_names(owned, [HEALTH_MODEL]).items()}
    found: dict[str, DesignedTable] = {}
    taken: set[str] = set()
    # An exact name takes precedence over a similar one, whatever the order of the tables.
    for exact in (True, False):
        for table in owned:
            name = (
                None if table.name in found else _model_of(table, drafted[table.name], {*models} - taken, exact=exact)
            )
            if name is not None:
                taken.add(name)
                found[table.name] = _designed(models[name], table)
    return Design(document.file, {table.name: found[table.name] for table in owned if table.name in found})


def _model_of(table: Table, drafted: str, models: set[str], *, exact: bool) -> str | None:
    if exact:
        return drafted if drafted in models else None
    plain = {name.replace("_", ""): name for name in sorted(models)}
    short = table.name.partition("_")[2] or table.name
    tries = (drafted, declared_name(table.name), declared_name(short))
    return next((plain[one] for name in tries if (one := name.replace("_", "")) in plain), None)


def _designed(model: Model, table: Table) -> DesignedTable:
    called = field_names([column.name for column in table.columns])
    sources = {name: column.name for name, column in zip(called, table.columns, strict=True)}
    names = column_names(model)
    return DesignedTable(
        table_name(model),
        tuple(
            DesignedColumn(name, sources.get(field.name), _is(field.type, BuiltIn.UUID), _is(field.type, *_WHOLE))
            for name, field in zip(names, model.fields, strict=True)
        ),
    )


def _is(type_: Type, *built_in: BuiltIn) -> bool:
    return isinstance(type_, NamedType) and type_.built_in in built_in
