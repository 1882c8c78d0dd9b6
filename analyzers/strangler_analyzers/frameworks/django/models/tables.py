"""The tables of models and their many-to-many fields."""

from __future__ import annotations

from collections.abc import Iterator

from strangler.model.tables import Column, ForeignKey, Table, TableOrigin
from strangler_analyzers.frameworks.django.models.fields import FORWARD, Field, FieldKind
from strangler_analyzers.frameworks.django.models.index import AnyModel, Model, ModelIndex, columns_of
from strangler_analyzers.frameworks.django.models.library_models import LibraryModel

_MAX_NAME = 63
"""PostgreSQL's limit for names, to which Django shortens them."""


def model_tables(index: ModelIndex) -> dict[Model, Table]:
    """The table of each model that has one of its own."""
    return {model: _table(index, model) for model in index.all() if model.has_table}


def through_tables(index: ModelIndex) -> Iterator[Table]:
    """One table for each many-to-many field without a model of its own."""
    for model in index.all():
        if model.has_table:
            for field in model.fields.values():
                if field.kind is FieldKind.MANY_TO_MANY and field.through is None:
                    through = _through_table(index, model, field)
                    if through is not None:
                        yield through


def library_tables(model: LibraryModel) -> Iterator[Table]:
    """The table of an installed package's model and those of its many-to-many fields."""
    columns = tuple(
        Column(f"{f.name}_id" if f.kind in FORWARD else f.name, f.type, f.nullable, f.primary_key)
        for f in model.fields
        if f.kind is not FieldKind.MANY_TO_MANY
    )
    module, _, name = model.path.rpartition(".")
    yield Table(model.table, TableOrigin.FRAMEWORK, f"{module}:{name}", None, columns)
    for field in model.fields:
        if field.kind is FieldKind.MANY_TO_MANY:
            yield Table(f"{model.table}_{field.name}", TableOrigin.FRAMEWORK, None, None)


def through_name(model: Model, field: Field) -> str:
    """The name of a many-to-many field's own table."""
    return (field.db_table or f"{model.table}_{field.name}").strip('"')[:_MAX_NAME]


def through_columns(model: Model, target: AnyModel) -> tuple[str, str]:
    """The two key columns of a many-to-many field's own table."""
    source, other = model.name.lower(), target.name.lower()
    if source == other:
        return f"from_{source}_id", f"to_{other}_id"
    return f"{source}_id", f"{other}_id"


def _table(index: ModelIndex, model: Model) -> Table:
    columns = list(_columns(model))
    keys: list[ForeignKey] = []
    for name, parent in model.parents.items():
        if name not in model.fields:
            keys.append(ForeignKey(f"{name}_id", parent.table, parent.primary_key, model.scope.location, "CASCADE"))
    for field in model.fields.values():
        column = field.column
        target = index.target(model, field) if field.kind in FORWARD and column is not None else None
        if target is not None and column is not None:
            target = index.stored_in(target)
            referred = (columns_of(target, field.to_field) if field.to_field else None) or target.primary_key
            keys.append(ForeignKey(column, target.table, referred, field.location, field.on_delete))
    return Table(model.table, TableOrigin.DJANGO, model.scope.name, model.scope.location, tuple(columns), tuple(keys))


def _columns(model: Model) -> Iterator[Column]:
    primary = model.primary_key
    declared = {field.column for field in model.fields.values()}
    if primary not in declared and not model.parents:
        yield Column(primary, model.auto_field, nullable=False, primary_key=True)
    for name in model.parents:
        if name not in model.fields:
            yield Column(f"{name}_id", "OneToOneField", nullable=False, primary_key=f"{name}_id" == primary)
    for field in model.fields.values():
        column = field.column
        if column is not None:
            is_key = column == primary
            null = field.nullable and not is_key
            yield Column(column, field.type, null, is_key, field.max_length, field.default, field.choices)
            if field.type == "MoneyField":
                yield Column(f"{column}_currency", "CurrencyField", field.nullable)
    if model.meta.text("order_with_respect_to") is not None:
        yield Column("_order", "OrderWrt")


def _through_table(index: ModelIndex, model: Model, field: Field) -> Table | None:
    target = index.target(model, field)
    if target is None:
        return None
    source, other = through_columns(model, target)  # A proxy gives the column its own name.
    target = index.stored_in(target)
    at = field.location
    columns = (
        Column("id", model.auto_field, nullable=False, primary_key=True),
        Column(source, "ForeignKey"),
        Column(other, "ForeignKey"),
    )
    keys = (
        ForeignKey(source, model.table, model.primary_key, at, "CASCADE"),
        ForeignKey(other, target.table, target.primary_key, at, "CASCADE"),
    )
    return Table(through_name(model, field), TableOrigin.DJANGO, None, at, columns, keys)
