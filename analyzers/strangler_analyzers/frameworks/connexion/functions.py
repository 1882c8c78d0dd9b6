"""The program's functions by the dotted names that documents give them."""

from __future__ import annotations

from strangler_analyzers.frameworks.wiring.evaluation import Evaluator
from strangler_analyzers.frameworks.wiring.parts import own_function
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import ClassValue, FunctionValue, InstanceValue, MethodValue, Values


class Functions:
    """Looks up ``package.module.function`` and ``package.module.Class.method`` as `import` and `getattr` would."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._resolver = evaluator.resolver
        self._known: dict[str, Scope | None] = {}

    def named(self, name: str | None) -> Scope | None:
        """The function; None if the program has none of this name."""
        if name is None:
            return None
        if name not in self._known:
            self._known[name] = self._find(name.split("."))
        return self._known[name]

    def _find(self, parts: list[str]) -> Scope | None:
        for count in range(len(parts) - 1, 0, -1):
            module, rest = ".".join(parts[:count]), parts[count:]
            if module in self._resolver.program.units:
                return self._within(module, rest)
        return None

    def _within(self, module: str, names: list[str]) -> Scope | None:
        plain = self._resolver.program.functions.get(f"{module}:{'.'.join(names)}")
        if plain is not None:  # The function itself, whatever its decorators put in its place.
            return plain
        values = self._resolver.module_member(module, names[0])
        if len(names) == 1:
            return _function(values)
        if len(names) > 2:
            return None
        for value in values:
            if isinstance(value, ClassValue | InstanceValue):
                return own_function(self._evaluator, value.scope, names[1])
        return None


def _function(values: Values) -> Scope | None:
    return next((value.scope for value in values if isinstance(value, FunctionValue | MethodValue)), None)
