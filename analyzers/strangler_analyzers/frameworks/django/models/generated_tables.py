"""Tables that installed packages make for a model: histories, translations, settings stores."""

from __future__ import annotations

from collections.abc import Iterator

from strangler.model.location import Location
from strangler.model.tables import Column, ForeignKey, Table, TableOrigin
from strangler_analyzers.frameworks.django.models.index import Model, ModelIndex
from strangler_analyzers.linker.scope import Assigned, Scope
from strangler_analyzers.linker.values import External, Frame, Site
from strangler_analyzers.source import syntax as s

_HISTORY = (
    Column("history_id", "AutoField", nullable=False, primary_key=True),
    Column("history_date", "DateTimeField"),
    Column("history_change_reason", "CharField", nullable=True),
    Column("history_type", "CharField"),
    Column("history_user_id", "ForeignKey", nullable=True),
)
_STORE = (Column("key", "CharField"), Column("value", "TextField"))


def generated_tables(index: ModelIndex, tables: dict[Model, Table]) -> Iterator[Table]:
    """The tables that come with declarations in the given models, and with decorated classes."""
    for model, table in tables.items():
        for owner, expression in _calls(index, model):
            for value in index.resolver.evaluate(expression.function, Frame(owner)):
                if isinstance(value, External):
                    yield from _declared(index, model, table, value.path, Site(expression, Frame(owner)))
    for scope in index.resolver.program.classes.values():
        yield from _settings_store(index, scope)


def _calls(index: ModelIndex, model: Model) -> Iterator[tuple[Scope, s.Call]]:
    for ancestor in index.lineage(model):
        if ancestor is not model and not ancestor.abstract:
            continue
        for bindings in ancestor.scope.bindings.values():
            for binding in bindings:
                if isinstance(binding, Assigned) and isinstance(binding.expression, s.Call):
                    yield ancestor.scope, binding.expression


def _declared(index: ModelIndex, model: Model, table: Table, path: str, site: Site) -> Iterator[Table]:
    location = site.frame.scope.module.at(site.call.line)
    if path.endswith(".HistoricalRecords"):
        yield _history(index, model, table, site.call, location)
    elif path.endswith(".TranslatedFields"):
        yield _translation(model, table, site.call, location)


def _history(index: ModelIndex, model: Model, table: Table, call: s.Call, location: Location) -> Table:
    """django-simple-history: every column again, and who changed the row when."""
    name = f"{model.label}_historical{model.name.lower()}"
    given = call.keyword("table_name")
    if isinstance(given, s.Constant) and isinstance(given.value, str):
        name = given.value
    copied = tuple(Column(column.name, column.type, column.nullable) for column in table.columns)
    user = index.user_model()
    keys = (*table.foreign_keys, ForeignKey("history_user_id", user.table, user.primary_key, location, "SET_NULL"))
    return Table(name, TableOrigin.DJANGO, None, location, (*copied, *_HISTORY), keys)


def _translation(model: Model, table: Table, call: s.Call, location: Location) -> Table:
    """django-parler: the translated fields and the language, one row a language."""
    columns = (
        Column("id", model.auto_field, nullable=False, primary_key=True),
        Column("language_code", "CharField"),
        *(
            Column(keyword.name, "TranslatedField")
            for keyword in call.keywords
            if keyword.name and keyword.name != "meta"
        ),
        Column("master_id", "ForeignKey", nullable=True),
    )
    key = ForeignKey("master_id", table.name, model.primary_key, location, "CASCADE")
    return Table(f"{table.name}_translation", TableOrigin.DJANGO, None, location, columns, (key,))


def _settings_store(index: ModelIndex, scope: Scope) -> Iterator[Table]:
    """django-hierarkey: keys and values of a decorated class, for the whole system or for each row of a model."""
    if not isinstance(scope.node, s.Class) or scope.parent is None:
        return
    for decorator in scope.node.decorators:
        for value in index.resolver.evaluate(decorator, Frame(scope.parent)):
            if not isinstance(value, External) or not value.path.startswith("hierarkey.models.Hierarkey()."):
                continue
            app = index.apps.of(scope.module.name)
            attribute = "settings"
            if value.site is not None and isinstance(
                given := value.site.call.argument(0, "attribute_name"), s.Constant
            ):
                attribute = str(given.value)
            model_name = f"{scope.short_name}_{attribute.title()}Store"
            columns = (Column("id", app.auto_field or "AutoField", nullable=False, primary_key=True), *_STORE)
            keys: tuple[ForeignKey, ...] = ()
            model = index.of(scope)
            if value.path.endswith(".add()") and model is not None:
                columns = (*columns, Column("object_id", "ForeignKey"))
                keys = (ForeignKey("object_id", model.table, model.primary_key, scope.location, "CASCADE"),)
            name = f"{app.label}_{model_name.lower()}"
            yield Table(name, TableOrigin.DJANGO, f"{scope.module.name}:{model_name}", scope.location, columns, keys)
