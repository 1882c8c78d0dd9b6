"""Tables of events that django-pghistory keeps for a model: ``@pghistory.track()``.

Triggers of the database write their rows, so no code of the program does.
https://django-pghistory.readthedocs.io/en/latest/module/#pghistory.track
"""

from __future__ import annotations

from collections.abc import Iterator

from strangler.model.tables import Column, ForeignKey, Table, TableOrigin
from strangler_analyzers.frameworks.django.evaluation.constants import string, strings
from strangler_analyzers.frameworks.django.models.index import Model, ModelIndex, columns_of
from strangler_analyzers.linker.values import External, Frame, Site
from strangler_analyzers.source import syntax as s

_TRACKING = frozenset({"pghistory.track()", "pghistory.core.track()"})
_EVENT = (
    Column("pgh_id", "AutoField", nullable=False, primary_key=True),
    Column("pgh_created_at", "DateTimeField"),
    Column("pgh_label", "TextField"),
)
_CONTEXT = "pghistory_context"


def event_tables(index: ModelIndex, model: Model, table: Table) -> Iterator[Table]:
    """One table for each decorator that tracks a model."""
    if isinstance(model.scope.node, s.Class) and model.scope.parent is not None:
        for decorator in model.scope.node.decorators:
            for value in index.resolver.evaluate(decorator, Frame(model.scope.parent)):
                if isinstance(value, External) and value.path in _TRACKING and value.site is not None:
                    yield _events(index, model, table, value.site)


def _events(index: ModelIndex, model: Model, table: Table, site: Site) -> Table:
    """Copies of the tracked columns, beside what happened when, to which row and on whose behalf."""
    call, location = site.call, site.frame.scope.module.at(site.call.line)
    given = _names(index, call.keyword("fields"), site.frame)
    tracked = _tracked(index, model, table, site)
    copied = tuple(
        Column(column.name, column.type, column.nullable) for column in table.columns if column.name in tracked
    )
    keys = tuple(key for key in table.foreign_keys if key.column in tracked)
    columns = (*_EVENT, *copied)
    if not _is_none(call.keyword("obj_field")):
        columns = (*columns, Column("pgh_obj_id", "ForeignKey"))
        keys = (*keys, ForeignKey("pgh_obj_id", table.name, model.primary_key, location, "DO_NOTHING"))
    if _is_denormalized(index, site):
        columns = (*columns, Column("pgh_context", "JSONField", nullable=True))
        if not _is_none(call.keyword("context_id_field")):
            columns = (*columns, Column("pgh_context_id", "UUIDField", nullable=True))
    elif not _is_none(call.keyword("context_field")):
        columns = (*columns, Column("pgh_context_id", "ForeignKey", nullable=True))
        keys = (*keys, ForeignKey("pgh_context_id", _CONTEXT, "id", location, "DO_NOTHING"))
    name = string(index.resolver, call.keyword("model_name"), site.frame) or _event_name(model, given)
    label = string(index.resolver, call.keyword("app_label"), site.frame)
    package = index.apps.of(model.scope.module.name).package
    return Table(
        f"{label or model.label}_{name.lower()}",
        TableOrigin.DJANGO,
        None if label else f"{package}.models:{name}",
        location,
        columns,
        keys,
    )


def _tracked(index: ModelIndex, model: Model, table: Table, site: Site) -> frozenset[str]:
    """The columns of the ``fields``, else all but those of ``exclude``."""
    given = _columns(model, _names(index, site.call.keyword("fields"), site.frame))
    left_out = _columns(model, _names(index, site.call.keyword("exclude"), site.frame))
    return given or frozenset(column.name for column in table.columns) - left_out


def _columns(model: Model, names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(column for name in names if (column := columns_of(model, name)) is not None)


def _names(index: ModelIndex, listed: s.Expression | None, frame: Frame) -> tuple[str, ...]:
    values = () if listed is None else index.resolver.evaluate(listed, frame)
    return tuple(name for value in values for name in strings(index.resolver, value))


def _event_name(model: Model, names: tuple[str, ...]) -> str:
    """The class that pghistory makes: the model's name, those of the fields if some are given, and ``Event``."""
    parts = "_".join((model.name, *names, "event")).split("_")
    return "".join(part[:1].upper() + part[1:] for part in parts)


def _is_none(expression: s.Expression | None) -> bool:
    return isinstance(expression, s.Constant) and expression.value is None


def _is_denormalized(index: ModelIndex, site: Site) -> bool:
    """Whether the context is kept with each event: ``context_field=pghistory.ContextJSONField()``."""
    option = site.call.keyword("context_field")
    values = () if option is None else index.resolver.evaluate(option, site.frame)
    return any(isinstance(value, External) and value.path.endswith(".ContextJSONField()") for value in values)
