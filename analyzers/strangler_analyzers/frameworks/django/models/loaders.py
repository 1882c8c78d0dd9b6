"""Classes that are loaded by name: ``apps.get_model("app", "Model")``, ``get_class("app.module", "Class")``.

Projects wrap these loaders in functions of the same names; what such a call means follows from the names it passes, so
the wrapper itself need not be understood.
"""

from __future__ import annotations

from strangler.model.system import ModuleRole
from strangler_analyzers.frameworks.django.evaluation.constants import string, strings
from strangler_analyzers.frameworks.django.models.index import Model, ModelIndex
from strangler_analyzers.linker.values import (
    ClassValue,
    ConstantValue,
    External,
    Frame,
    FunctionValue,
    MethodValue,
    Record,
    Value,
    Values,
)
from strangler_analyzers.source import syntax as s

_LOADERS = frozenset(
    {
        "get_model",
        "get_registered_model",
        "load_model",
        "get_class",
        "get_classes",
        "get_user_model",
        "import_string",
        "import_from_string",
    }
    | {"cached_import_string", "import_object", "load_object", "load_class"}
)


class Loaders:
    """Finds the class or module that a loader's call loads."""

    def __init__(self, index: ModelIndex) -> None:
        self._index = index
        self._resolver = index.resolver

    def loaded(self, callee: Value, call: s.Call, frame: Frame) -> Values | None:
        """What a call loads; None if the callee is not a loader or the named object is not in the program."""
        name = _name(callee)
        if name not in _LOADERS:
            return None
        if name == "get_user_model":
            return self._user()
        texts = [string(self._resolver, argument, frame) for argument in call.arguments[:2]]
        first = texts[0] if texts else string(self._resolver, call.keyword("app_label"), frame)
        if first is None:
            return None
        if name in {"get_model", "get_registered_model", "load_model"}:
            second = texts[1] if len(texts) > 1 else string(self._resolver, call.keyword("model_name"), frame)
            return self._model(first, second, call)
        if name in {"get_class", "get_classes"} and len(call.arguments) > 1:
            return self._classes(first, call.arguments[1], frame)
        return self._imported(first)

    def _user(self) -> Values:
        model = self._index.user_model()
        return (ClassValue(model.scope) if isinstance(model, Model) else External(model.path),)

    def _model(self, label: str, name: str | None, call: s.Call) -> Values | None:
        if name is None:
            if len(call.arguments) > 1 or "." not in label:
                return None
            label, _, name = label.rpartition(".")
        scope = self._index.loaded(label, name)
        if scope is not None:
            return (ClassValue(scope),)
        library = self._index.find(label, name)
        return None if isinstance(library, Model) else (External(library.path),)

    def _classes(self, module: str, names: s.Expression, frame: Frame) -> Values | None:
        found: list[Values] = []
        for value in self._resolver.evaluate(names, frame):
            if isinstance(value, ConstantValue) and isinstance(value.value, str):
                return self._class(module, value.value) or None
            found.extend(self._class(module, name) for name in strings(self._resolver, value))
        return (Record(tuple(found)),) if any(found) else None

    def _class(self, module: str, name: str) -> Values:
        for candidate in self._modules(module):
            unit = self._resolver.program.units.get(candidate)
            if unit is not None and unit.role is not ModuleRole.TEST:
                values = self._resolver.module_member(candidate, name)
                if values:
                    return values
        return ()

    def _modules(self, module: str) -> tuple[str, ...]:
        """``app.rest``: the module `rest` of an app with that label; else the only module whose name ends so."""
        label, _, rest = module.partition(".")
        found = [f"{package}.{rest}" if rest else package for package in self._index.apps.packages(label)]
        if not any(candidate in self._resolver.program.units for candidate in found):
            ending = [name for name in self._resolver.program.units if name.endswith(f".{module}") or name == module]
            found += ending if len(ending) == 1 else []
        return tuple(found)

    def _imported(self, path: str) -> Values | None:
        module, separator, name = path.replace(":", ".").rpartition(".")
        if not separator or module not in self._resolver.program.units:
            return None
        return self._resolver.module_member(module, name) or None


def _name(callee: Value) -> str | None:
    match callee:
        case FunctionValue(scope=scope) | MethodValue(scope=scope):
            return scope.short_name
        case External(path=path) if not path.endswith("()"):
            return path.rpartition(".")[2]
        case _:
            return None
