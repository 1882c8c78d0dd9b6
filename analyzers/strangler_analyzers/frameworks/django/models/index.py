"""The index of models: which classes of the program are models, and whose rows they represent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from strangler.model.system import ModuleRole
from strangler_analyzers.frameworks.django.configuration.apps import Apps
from strangler_analyzers.frameworks.django.configuration.settings import Settings
from strangler_analyzers.frameworks.django.evaluation.constants import string
from strangler_analyzers.frameworks.django.models.fields import FORWARD, Field, FieldKind, FieldReader
from strangler_analyzers.frameworks.django.models.library_models import BY_PATH, LibraryModel, by_key, by_path
from strangler_analyzers.frameworks.django.models.meta import MetaOptions, own_meta
from strangler_analyzers.frameworks.django.models.migrated import MigratedModels
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import ClassValue, ConstantValue, External, Frame, Value
from strangler_analyzers.source import syntax as s

DEFAULT_USER = "auth.User"
_SETTINGS = "django.conf.settings."
_SWAPPABLE = {
    f"oauth2_provider.{name}": f"OAUTH2_PROVIDER_{setting}_MODEL"
    for name, setting in (
        ("application", "APPLICATION"),
        ("accesstoken", "ACCESS_TOKEN"),
        ("refreshtoken", "REFRESH_TOKEN"),
        ("idtoken", "ID_TOKEN"),
        ("grant", "GRANT"),
    )
}
"""Models of installed packages that a setting replaces."""
_CHOSEN = {
    f"wagtail.{package}.get_{name}": (f"WAGTAIL{package.upper()}_{kind.upper()}_MODEL", f"wagtail{model}")
    for package, kind, model in (("images", "image", "images.Image"), ("documents", "document", "docs.Document"))
    for name in (f"{kind}_model_string()", f"{kind}_model()")
}
"""Functions that return a model: the setting they read, and the default model."""
_SEEN_THROUGH = ("builtins.", "django.", "typing.", "abc.")
"""Packages whose classes bring no fields unless they are in `BY_PATH`."""


@dataclass(slots=True, eq=False)
class Model:
    """A model class of the program, which may be abstract."""

    scope: Scope
    label: str
    table: str
    meta: MetaOptions
    abstract: bool
    proxy: bool
    bases: tuple[Model | LibraryModel, ...] = ()
    fields: dict[str, Field] = field(default_factory=dict[str, Field])
    """The fields that Django gives this model: its own and those of abstract ancestors."""
    parents: dict[str, Model | LibraryModel] = field(default_factory=dict[str, "Model | LibraryModel"])
    """Models with a table of their own that this one extends, by the name of the field that links to them."""
    auto_field: str = "AutoField"
    swapped: bool = False

    @property
    def name(self) -> str:
        """The name of the class."""
        return self.scope.short_name

    @property
    def key(self) -> str:
        """``label.name`` in lower case, as lazy references are compared."""
        return f"{self.label}.{self.name}".lower()

    @property
    def has_table(self) -> bool:
        """Whether the model has a table of its own."""
        return not (self.abstract or self.proxy or self.swapped)

    @property
    def primary_key(self) -> str:
        """The column of the primary key."""
        for candidate in self.fields.values():
            if candidate.primary_key and (column := candidate.column) is not None:
                return column
        for name in self.parents:
            own = self.fields.get(name)
            return (own.column if own is not None else None) or f"{name}_id"
        return "id"


AnyModel: TypeAlias = Model | LibraryModel


class ModelIndex:
    """Every model of the program, by class and by Django's name for it."""

    def __init__(self, resolver: Resolver, settings: Settings, apps: Apps) -> None:
        self.resolver = resolver
        self.settings = settings
        self.apps = apps
        self._candidates: dict[str, list[Scope]] = {}
        self._reader = FieldReader(resolver)
        self._migrated = MigratedModels(resolver.program, apps, self._reader)
        self._models: dict[Scope, Model | None] = {}
        self._by_key: dict[str, Model] = {}
        self._targets: dict[tuple[Scope, str], AnyModel | None] = {}
        self._built = False

    # --- looking up

    def of(self, scope: Scope) -> Model | None:
        """The model of a class, or None."""
        return self._models.get(scope)

    def all(self) -> Iterator[Model]:
        """Every model, including abstract ones, in source order."""
        return (model for model in self._models.values() if model is not None)

    def find(self, label: str, name: str) -> AnyModel:
        """The model of a lazy reference (``app.Model``), one of an installed package if the program has none."""
        setting = _SWAPPABLE.get(f"{label}.{name}".lower())
        if setting is not None and (chosen := self.settings.text(setting)) is not None:
            label, _, name = chosen.rpartition(".")
        return self._by_key.get(f"{label}.{name}".lower()) or by_key(label, name)

    def by_label(self, text: str) -> AnyModel:
        """The model that ``app.model`` names; ``settings.auth_user_model`` is the one the settings name."""
        return self._named(text, "")

    def loaded(self, label: str, name: str) -> Scope | None:
        """The program's class that the app registry has for a label and a name.

        Answers while the index is built too, from names alone: a class may inherit from a loaded one.
        """
        known = self._by_key.get(f"{label}.{name}".lower())
        if known is not None or self._built:
            return known.scope if known is not None else None
        if not self._candidates:
            for scope in self.resolver.program.classes.values():
                if scope.module.role is ModuleRole.APPLICATION:
                    self._candidates.setdefault(scope.qualname.lower(), []).append(scope)
        return next(
            (
                scope
                for scope in self._candidates.get(name.lower(), ())
                if self.apps.of(scope.module.name).label == label
            ),
            None,
        )

    def user_model(self) -> AnyModel:
        """The model behind AUTH_USER_MODEL."""
        return self._named(self.settings.text("AUTH_USER_MODEL") or DEFAULT_USER, "auth")

    def concrete(self, model: Model) -> tuple[Model, ...]:
        """The model of an instance's rows: itself, a proxy's concrete model, or an abstract one's descendants."""
        if not model.abstract:
            return (self.table_owner(model),)
        found: dict[Model, None] = {}
        for child in self.resolver.subclasses(model.scope):
            known = self.of(child)
            if known is not None and known.has_table:
                found[known] = None
        return tuple(found)

    def table_owner(self, model: Model) -> Model:
        """The model whose table a proxy uses."""
        seen: set[Model] = set()
        while model.proxy and model not in seen:
            seen.add(model)
            parent = next((base for base in model.bases if isinstance(base, Model) and not base.abstract), None)
            if parent is None:
                break
            model = parent
        return model

    def stored_in(self, model: AnyModel) -> AnyModel:
        """The model whose table holds the rows of a model: for a proxy its concrete model, even in another package."""
        if not isinstance(model, Model):
            return model
        owner = self.table_owner(model)
        if owner.proxy:
            return next((base for base in owner.bases if isinstance(base, LibraryModel) and not base.abstract), owner)
        return owner

    def lineage(self, model: Model) -> tuple[Model, ...]:
        """The models an instance belongs to, nearest first: the model, its concrete and its abstract ancestors."""
        known = (self.of(scope) for scope in self.resolver.order(model.scope) if isinstance(scope, Scope))
        return tuple(ancestor for ancestor in known if ancestor is not None)

    def target(self, model: Model, declared: Field) -> AnyModel | None:
        """The model a relation points to, seen from the model that holds the field."""
        key = (model.scope, declared.name)
        if key not in self._targets:
            self._targets[key] = self._target(model, declared)
        return self._targets[key]

    def through(self, model: Model, declared: Field) -> AnyModel | None:
        """The model that a many-to-many field's ``through`` names."""
        return None if declared.through is None else self._referred(model, declared.through, declared.frame)

    # --- building

    def build(self) -> None:
        """Read every class of the program."""
        for scope in self.resolver.program.classes.values():
            self._add(scope)
        for model in self.all():
            self._fill(model)
        for model in self.all():
            if model.has_table or model.proxy:
                self._register(model)
        for model in self.all():
            swappable = model.meta.text("swappable")
            if swappable is not None and not model.abstract:
                setting = self.settings.text(swappable)
                model.swapped = setting is not None and setting.lower() != model.key
        self._built = True

    def _register(self, model: Model) -> None:
        """Of several classes with one name, the one in a ``models`` module is usually loaded."""
        known = self._by_key.get(model.key)
        if known is None or ("models" in model.scope.module.name.split(".")) > (
            "models" in known.scope.module.name.split(".")
        ):
            self._by_key[model.key] = model

    def _add(self, scope: Scope) -> Model | None:
        if scope in self._models:
            return self._models[scope]
        self._models[scope] = None
        if scope.module.role is not ModuleRole.APPLICATION or not self._is_model(scope):
            return None
        bases: list[AnyModel] = []
        for base in self.resolver.bases(scope):
            known = BY_PATH.get(base) if isinstance(base, str) else self._add(base)
            if known is not None:
                bases.append(known)
        model = self._model(scope, tuple(bases))
        del self._models[scope]  # Ancestors come before their subclasses.
        self._models[scope] = model
        return model

    def _is_model(self, scope: Scope) -> bool:
        if scope.parent is None or scope.parent.is_function:
            return False
        outside = [ancestor for ancestor in self.resolver.order(scope) if isinstance(ancestor, str)]
        if any(path in BY_PATH for path in outside):
            return True
        return any(map(_is_unseen, outside)) and (
            self._reader.has_fields(scope) or self._extends_model(scope) or self._is_migrated(scope)
        )

    def _is_migrated(self, scope: Scope) -> bool:
        """Whether migrations make the table of a class where Django looks for models."""
        module = scope.module.name
        return "models" in module.split(".") and self._migrated.has(self.apps.of(module).label, scope.short_name)

    def _extends_model(self, scope: Scope) -> bool:
        """Whether a base is a model, which makes a subclass without fields of its own one as well."""
        return any(isinstance(base, Scope) and self._add(base) is not None for base in self.resolver.bases(scope))

    def _model(self, scope: Scope, bases: tuple[AnyModel, ...]) -> Model:
        own = own_meta(self.resolver, scope)
        inherited = next((b.meta.scope for b in bases if isinstance(b, Model) and b.abstract and b.meta.scope), None)
        meta = MetaOptions(self.resolver, own, inherited)
        app = self.apps.of(scope.module.name)
        label = meta.text("app_label") or app.label
        table = (meta.text("db_table") or f"{label}_{scope.short_name.lower()}").strip('"')
        model = Model(scope, label, table, meta, meta.abstract, meta.flag("proxy"), bases)
        auto_field = app.auto_field or (self.settings.text("DEFAULT_AUTO_FIELD") or "").rpartition(".")[2]
        model.auto_field = auto_field or "AutoField"
        return model

    def _fill(self, model: Model) -> None:
        """Fields and parent links, as the metaclass collects them."""
        declared = self._reader.declared(model.scope)
        model.fields = {name: own for name, own in declared.items() if own is not None}
        links = {
            target: own.name
            for own in model.fields.values()
            if own.parent_link and (target := self._target(model, own)) is not None
        }
        for base in model.bases:
            self._inherit(model, base, declared, links)
        ancestors = self.resolver.order(model.scope)
        if model.has_table and any(isinstance(ancestor, str) and _is_unseen(ancestor) for ancestor in ancestors):
            known = {**declared, **model.fields, **model.parents}
            for inherited in self._migrated.fields(model.label, model.scope, known):
                model.fields[inherited.name] = inherited
        if model.has_table:
            self._complete(model)

    def _complete(self, model: Model) -> None:
        """The kind of a field from a package that is not analysed, taken from the migration that creates it."""
        for name, own in model.fields.items():
            made = self._migrated.field(model.label, model.scope, name) if own.unseen else None
            if made is not None and own.kind is FieldKind.COLUMN and made.kind in FORWARD:
                model.fields[name] = replace(made, location=own.location, unseen=False)

    def _inherit(
        self, model: Model, base: AnyModel, declared: dict[str, Field | None], links: dict[AnyModel, str]
    ) -> None:
        if not base.abstract:
            if not model.proxy:
                parent = self.stored_in(base)
                model.parents.setdefault(links.get(parent, f"{parent.name.lower()}_ptr"), parent)
        elif isinstance(base, LibraryModel):
            for item in base.fields:
                if item.name not in declared:
                    model.fields.setdefault(item.name, item.declared(model.scope))
        else:
            for name, inherited in base.fields.items():
                if name not in declared:
                    model.fields.setdefault(name, inherited)
            for name, parent in base.parents.items():
                model.parents.setdefault(name, parent)

    # --- references

    def _target(self, model: Model, declared: Field) -> AnyModel | None:
        if declared.target_label == "self":
            return model
        if declared.target_label:
            return self._named(declared.target_label, model.label)
        found = None if declared.target is None else self._referred(model, declared.target, declared.frame)
        return found or self._migrated_target(model, declared)

    def _migrated_target(self, model: Model, declared: Field) -> AnyModel | None:
        """The model that a migration names, if the class decides it only at run time."""
        found = None if model.abstract else self._migrated.field(model.label, model.scope, declared.name)
        if found is None or found.target is None or found.frame == declared.frame:
            return None
        return self._referred(model, found.target, found.frame)

    def _referred(self, model: Model, expression: s.Expression, frame: Frame) -> AnyModel | None:
        """The model that an expression in a field names; preferably one of the program, then one in Django's form."""
        values = self.resolver.evaluate(expression, frame)
        found = [(value, known) for value in values if (known := self._meant(model, value)) is not None]
        if len(found) > 1:
            found.sort(key=lambda each: (not isinstance(each[1], Model), _is_dotted_path(each[0])))
        return found[0][1] if found else None

    def _meant(self, model: Model, value: Value) -> AnyModel | None:
        match value:
            case ClassValue(scope=scope):
                return self._models.get(scope)
            case ConstantValue(value="self"):
                return model
            case ConstantValue(value=str() as name):
                return self._named(name, model.label)
            case External(path=path) if path.startswith(_SETTINGS):
                return self._setting(path.removeprefix(_SETTINGS))
            case External(path="swapper.get_model_name()", site=site) if site is not None:
                names = [string(self.resolver, argument, site.frame) for argument in site.call.arguments[:2]]
                return self.find(names[0], names[1]) if len(names) == 2 and names[0] and names[1] else None
            case External(path=path) if path in _CHOSEN:
                setting, unless_set = _CHOSEN[path]
                return self._setting(setting) or self._named(unless_set, "")
            case External(path=path):
                return by_path(path)
            case _:
                return None

    def _named(self, name: str, label: str) -> AnyModel:
        outer, _, inner = name.rpartition(".")
        if outer.lower() == "settings":
            return self._setting(inner.upper()) or self.user_model()
        return self.find(outer.removesuffix(".models").rpartition(".")[2] or label, inner)

    def _setting(self, name: str) -> AnyModel | None:
        if name == "AUTH_USER_MODEL":
            return self.user_model()
        value = self.settings.text(name)
        return self._named(value, "") if value is not None else None


def _is_dotted_path(value: Value) -> bool:
    """Whether a string is longer than the ``app.Model`` of a lazy reference."""
    return isinstance(value, ConstantValue) and isinstance(value.value, str) and value.value.count(".") > 1


def _is_unseen(path: str) -> bool:
    """Whether a library class may bring unknown fields."""
    return path not in BY_PATH and not path.startswith(_SEEN_THROUGH)


def columns_of(model: AnyModel, name: str) -> str | None:
    """The column of a field, by the field's name; ``pk`` means the primary key."""
    if name == "pk":
        return model.primary_key
    for declared in model.fields.values() if isinstance(model, Model) else model.fields:
        if declared.name == name:
            if isinstance(declared, Field):
                return declared.column
            return f"{name}_id" if declared.kind in FORWARD else name
    return None
