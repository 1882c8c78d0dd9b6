"""Library functions that pass on what they are given: containers, strings, modules, decorators."""

from __future__ import annotations

import re
from collections.abc import Iterator

from strangler.model.system import ModuleRole
from strangler_analyzers.frameworks.wiring import text
from strangler_analyzers.frameworks.wiring.activation import plain, union
from strangler_analyzers.frameworks.wiring.containers import Containers
from strangler_analyzers.frameworks.wiring.declared_defaults import declared_default
from strangler_analyzers.frameworks.wiring.parameters import Parameters
from strangler_analyzers.frameworks.wiring.questions import Questions
from strangler_analyzers.linker.values import (
    NOTHING,
    ClassValue,
    Container,
    External,
    Frame,
    FunctionValue,
    MethodValue,
    ModuleValue,
    SequenceValue,
    Values,
)
from strangler_analyzers.source import syntax as s

_SAME_ELEMENTS = frozenset(
    f"builtins.{name}" for name in ("list", "tuple", "set", "frozenset", "sorted", "reversed", "iter")
)
_ENVIRONMENT = frozenset({"os.environ.get", "os.getenv", "environ.get"})
_IMPORT = frozenset({"importlib.import_module", "builtins.__import__"})
_IMPORT_NAME = frozenset({"werkzeug.utils.import_string", "django.utils.module_loading.import_string"})


class PassThrough:
    """Knows the results of library functions through which parts of an application pass."""

    def __init__(self, questions: Questions, containers: Containers, parameters: Parameters) -> None:
        self._questions = questions
        self._containers = containers
        self._parameters = parameters
        self._pair = s.Sequence((s.Name("<first>"), s.Name("<second>")))

    def result(self, path: str, call: s.Call, frame: Frame) -> Values | None:
        """The result of calling a library function; None if it is unrelated to the arguments."""
        if path.startswith("builtins.str()."):
            return self._text(path.rpartition(".")[2], call, frame)
        if path.startswith("builtins.dict().") or path.endswith(("[].items", "[].values")):
            return self._mapping(path.rpartition(".")[2], call, frame)
        if path == "builtins.dict" and call.keywords and not call.arguments:
            return self._parameters.keywords(call, frame)
        if path in _SAME_ELEMENTS:
            return self._same_elements(call, frame)
        if path in {"builtins.enumerate", "builtins.zip"}:
            return self._pairs(path, call, frame)
        if path in _ENVIRONMENT or path.endswith((".config.get", ".environ.get")):
            return self._setting(call, frame) or None
        if (default := declared_default(path, call)) is not None:
            return self._questions.evaluate(default, frame)
        if path in _IMPORT:
            return self._module(call, frame)
        if path in _IMPORT_NAME:
            return self._import_name(call, frame)
        if path == "builtins.getattr":
            return self._getattr(call, frame)
        if path == "builtins.str" and call.arguments:
            return text.joined([self._questions.evaluate(call.arguments[0], frame)])
        if self._questions.makes_part(path):
            return None
        made = self._questions.resolver.call(External(path), call, plain(frame))
        if made and not isinstance(made[0], External):
            return made
        return self.callable_argument(call, frame) or None

    def callable_argument(self, call: s.Call, frame: Frame) -> Values:
        """The functions and classes passed first to a decorator or wrapper."""
        if not call.arguments:
            return NOTHING
        values = self._questions.evaluate(call.arguments[0], frame)
        return tuple(value for value in values if isinstance(value, FunctionValue | MethodValue | ClassValue))

    def _setting(self, call: s.Call, frame: Frame) -> Values:
        keys = self._questions.texts(call.arguments[0] if call.arguments else None, frame)
        known = self._questions.settings.of(keys[0]) if len(keys) == 1 else NOTHING
        return known or self._parameters.argument(call, frame, 1, "default")

    def _text(self, name: str, call: s.Call, frame: Frame) -> Values:
        if not isinstance(call.function, s.Attribute):
            return NOTHING
        receivers = self._questions.texts(call.function.value, frame)
        given = self._parameters.positional(call, frame)
        if name == "join" and given:
            given = [part for value in given[0] for part in self._containers.elements(value)]
        arguments = [(text.texts(values) or [text.UNKNOWN])[0] for values in given]
        keywords = {
            keyword.name: (self._questions.texts(keyword.value, frame) or [text.UNKNOWN])[0]
            for keyword in call.keywords
            if keyword.name is not None
        }
        return text.method(name, receivers, arguments, keywords)

    def _mapping(self, name: str, call: s.Call, frame: Frame) -> Values | None:
        if not isinstance(call.function, s.Attribute):
            return None
        questions = self._questions
        owners = questions.evaluate(call.function.value, frame)
        if name in {"get", "pop", "setdefault"}:
            keys = questions.texts(call.arguments[0] if call.arguments else None, frame)
            found = [self._containers.item(owner, keys[0] if len(keys) == 1 else None) for owner in owners]
            default = self._parameters.argument(call, frame, 1, "default")
            is_there = len(keys) == 1 and bool(found) and all(found)
            return union(found) if is_there else (*union(found), *default)
        entries = [entry for owner in owners for entry in self._containers.entries(owner)]
        if name == "items":
            return (Container(tuple(self._both(key, value, frame) for key, value in entries)),)
        if name == "values":
            return (Container(tuple(value for _, values in entries for value in values)),)
        return owners if name in {"keys", "copy"} else None

    def _both(self, first: Values, second: Values, frame: Frame) -> SequenceValue:
        names = {"<first>": first, "<second>": second}
        return SequenceValue(self._pair, self._questions.frames.run(frame.scope, None, names, None))

    def _same_elements(self, call: s.Call, frame: Frame) -> Values:
        if not call.arguments:
            return NOTHING
        values = self._questions.evaluate(call.arguments[0], frame)
        return values or (Container(NOTHING),)

    def _pairs(self, path: str, call: s.Call, frame: Frame) -> Values:
        columns = [
            [part for value in values for part in self._containers.elements(value)]
            for values in self._parameters.positional(call, frame)
        ]
        if path == "builtins.enumerate" and columns:
            columns = [[NOTHING] * len(columns[0]), columns[0]]
        if len(columns) != 2:
            return NOTHING
        return (Container(tuple(self._both(a, b, frame) for a, b in zip(*columns, strict=False))),)

    def _module(self, call: s.Call, frame: Frame) -> Values:
        names = text.texts(self._parameters.argument(call, frame, 0, "name"))
        packages = text.texts(self._parameters.argument(call, frame, 1, "package"))
        program = self._questions.resolver.program
        found: list[ModuleValue] = []
        for name in names:
            level = len(name) - len(name.lstrip("."))
            dotted = frame.scope.module.absolute(name.lstrip("."), level) if level else name
            if level == 1 and packages:
                dotted = packages[0] + name
            if program.is_module(dotted):
                found.append(ModuleValue(dotted))
            elif text.UNKNOWN in dotted:
                found.extend(map(ModuleValue, self._fitting(dotted, frame)))
        return tuple(found)

    def _fitting(self, pattern: str, frame: Frame) -> Iterator[str]:
        """The modules that a name with unknown parts may mean, such as all of a package that a loop imports."""
        if pattern.startswith(text.UNKNOWN):
            return
        named = re.compile("[^.]+".join(map(re.escape, pattern.split(text.UNKNOWN))))
        for unit in self._questions.resolver.program.units.values():
            if unit.role is ModuleRole.APPLICATION and unit is not frame.scope.module and named.fullmatch(unit.name):
                yield unit.name

    def _import_name(self, call: s.Call, frame: Frame) -> Values:
        names = text.texts(self._parameters.argument(call, frame, 0, None))
        parts = (name.replace(":", ".").rpartition(".") for name in names)
        return tuple(v for module, _, name in parts for v in self._questions.module_member(module, name))

    def _getattr(self, call: s.Call, frame: Frame) -> Values:
        owners = self._parameters.argument(call, frame, 0, None)
        names = text.texts(self._parameters.argument(call, frame, 1, None))
        return tuple(v for owner in owners for name in names for v in self._questions.attribute(owner, name))
