"""The result of migrations: the models of an app after its last migration.

A class below an abstract model of a package that is not analysed inherits fields nobody can see there; Django has
written them down in the program's own migrations. The operations are those of docs.djangoproject.com, "Migration
Operations"; what they do to the state of a project is `django.db.migrations.operations`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from strangler.model.system import ModuleRole
from strangler_analyzers.frameworks.django.configuration.apps import Apps
from strangler_analyzers.frameworks.django.models.fields import Field, FieldKind, FieldReader
from strangler_analyzers.linker.program import Program
from strangler_analyzers.linker.scope import Assigned, Scope
from strangler_analyzers.linker.values import Frame
from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s

_FOLDER = "migrations"


@dataclass(frozen=True, slots=True)
class _Declared:
    """A field as a migration declares it."""

    call: s.Call
    migration: Scope


@dataclass(slots=True)
class _AppState:
    """The models of one app, by their names in lower case."""

    models: dict[str, dict[str, _Declared]] = field(default_factory=dict[str, dict[str, _Declared]])
    renamed: dict[str, str] = field(default_factory=dict[str, str])

    def apply(self, operation: s.Call, migration: Scope) -> None:
        """Apply one operation."""
        match spelling.last_name(operation):
            case "CreateModel":
                self._create(operation, migration)
            case "DeleteModel":
                self.models.pop(_name(operation, 0, "name"), None)
            case "RenameModel":
                old, new = (
                    spelling.text(operation.argument(0, "old_name")),
                    spelling.text(operation.argument(1, "new_name")),
                )
                if old and new:
                    self.models[new.lower()] = self.models.pop(old.lower(), {})
                    self.renamed[old.lower()] = new
            case "AddField" | "AlterField":
                declared = operation.argument(2, "field")
                name = spelling.text(operation.argument(1, "name"))
                if name and isinstance(declared, s.Call):
                    self._fields(operation)[name] = _Declared(declared, migration)
            case "RemoveField":
                self._fields(operation).pop(spelling.text(operation.argument(1, "name")) or "", None)
            case "RenameField":
                old, new = (
                    spelling.text(operation.argument(1, "old_name")),
                    spelling.text(operation.argument(2, "new_name")),
                )
                if old and new and (known := self._fields(operation).pop(old, None)) is not None:
                    self._fields(operation)[new] = known
            case "SeparateDatabaseAndState":
                for inner in _calls(operation.argument(1, "state_operations")):
                    self.apply(inner, migration)
            case _:
                pass

    def _create(self, operation: s.Call, migration: Scope) -> None:
        fields = self.models.setdefault(_name(operation, 0, "name"), {})
        for pair in _elements(operation.argument(1, "fields")):
            match _elements(pair):
                case (name, s.Call() as declared) if text := spelling.text(name):
                    fields[text] = _Declared(declared, migration)
                case _:
                    pass

    def _fields(self, operation: s.Call) -> dict[str, _Declared]:
        return self.models.get(_name(operation, 0, "model_name"), {})


class MigratedModels:
    """The models that the program's migrations create, read for each app on first use."""

    def __init__(self, program: Program, apps: Apps, reader: FieldReader) -> None:
        self._program = program
        self._apps = apps
        self._reader = reader
        self._migrations: Mapping[str, Mapping[str, Scope]] | None = None
        self._states: dict[str, _AppState] = {}

    def has(self, label: str, name: str) -> bool:
        """Whether a model of that app and name exists once all migrations have run."""
        return name.lower() in self._state(label).models

    def fields(self, label: str, holder: Scope, known: Mapping[str, object]) -> Iterator[Field]:
        """The fields of the model that the class `holder` is, but for those in `known` and the key Django adds."""
        state = self._state(label)
        for name, declared in state.models.get(holder.short_name.lower(), {}).items():
            if name in known:
                continue
            found = self._reader.read(name, declared.call, Frame(declared.migration))
            if found is not None and not (found.kind is FieldKind.COLUMN and _is_true(declared.call, "auto_created")):
                # A migration's old name for a model moves with the model.
                app, _, target = (spelling.text(declared.call.argument(0, "to")) or "").rpartition(".")
                renamed = _last(state.renamed, target) if app.lower() in {"", label.lower()} else None
                if renamed is not None:
                    found = replace(found, target=None, target_label=f"{label}.{renamed}")
                yield replace(found, location=holder.location)

    def field(self, label: str, holder: Scope, name: str) -> Field | None:
        """A field of the model that the class `holder` is."""
        declared = self._state(label).models.get(holder.short_name.lower(), {}).get(name)
        return None if declared is None else self._reader.read(name, declared.call, Frame(declared.migration))

    def _state(self, label: str) -> _AppState:
        if label not in self._states:
            if self._migrations is None:
                self._migrations = self._by_app()
            state = self._states[label] = _AppState()
            for migration in _in_order(label, self._migrations.get(label, {})):
                for operation in _calls(_attribute(migration, "operations")):
                    state.apply(operation, migration)
        return self._states[label]

    def _by_app(self) -> Mapping[str, Mapping[str, Scope]]:
        """The migrations of each app, by the names of their modules."""
        found: dict[str, dict[str, Scope]] = {}
        for scope in self._program.classes.values():
            if scope.module.role is ModuleRole.MIGRATION and scope.qualname == "Migration":
                package, _, name = scope.module.name.rpartition(".")
                app, _, folder = package.rpartition(".")
                if folder == _FOLDER:
                    found.setdefault(self._apps.of(f"{app}.models").label, {})[name] = scope
        return found


def _in_order(label: str, migrations: Mapping[str, Scope]) -> list[Scope]:
    """Migrations in dependency order, otherwise by name; without those that another one replaces."""
    replaced = {
        name for scope in migrations.values() for app, name in _pairs(_attribute(scope, "replaces")) if app == label
    }
    done: dict[str, Scope] = {}
    pending = sorted(migrations.keys() - replaced, reverse=True)
    waiting: set[str] = set()
    while pending:
        name = pending[-1]
        needed = [
            other
            for app, other in _pairs(_attribute(migrations[name], "dependencies"))
            if app == label and other in migrations and other not in replaced and other not in done
        ]
        if name in done or not needed or name in waiting:
            done.setdefault(name, migrations[name])
            pending.pop()
        else:
            waiting.add(name)
            pending += sorted(needed, reverse=True)
    return list(done.values())


def _attribute(scope: Scope, name: str) -> s.Expression | None:
    found = [binding for binding in scope.bindings.get(name, ()) if isinstance(binding, Assigned)]
    return found[-1].expression if found else None


def _elements(expression: s.Expression | None) -> tuple[s.Expression, ...]:
    return expression.elements if isinstance(expression, s.Sequence) else ()


def _calls(expression: s.Expression | None) -> Iterator[s.Call]:
    return (element for element in _elements(expression) if isinstance(element, s.Call))


def _pairs(expression: s.Expression | None) -> Iterator[tuple[str, str]]:
    for element in _elements(expression):
        match tuple(spelling.text(part) for part in _elements(element)):
            case (str() as app, str() as name):
                yield app, name
            case _:
                pass


def _name(operation: s.Call, position: int, keyword: str) -> str:
    return (spelling.text(operation.argument(position, keyword)) or "").lower()


def _is_true(call: s.Call, keyword: str) -> bool:
    value = call.keyword(keyword)
    return isinstance(value, s.Constant) and value.value is True


def _last(renamed: Mapping[str, str], name: str) -> str | None:
    """The name of a model after all renames; None if it has kept its name."""
    last: str | None = None
    for _ in renamed:
        last, name = renamed.get(name.lower(), last), renamed.get(name.lower(), "")
    return last
