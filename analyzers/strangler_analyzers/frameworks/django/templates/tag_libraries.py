"""Template tags and filters that the program defines, by the modules that ``{% load %}`` names.

After "How to create custom template tags and filters" (Django 5.2): modules in a package called ``templatetags``. What
makes a module a library is its ``register``, which may be another module's: whoever registers there fills this library.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from strangler_analyzers.linker.program import MAX_IMPORTS, Program
from strangler_analyzers.linker.scope import ImportedName, Scope
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.traversal import statements

_FOLDER = "templatetags"
_REGISTER = "register"
"""The variable Django looks for in a library's module."""
_KINDS = frozenset({"simple_tag", "simple_block_tag", "inclusion_tag", "filter", "tag", "assignment_tag"})


@dataclass(frozen=True, slots=True)
class Registration:
    """A function that serves as tag or filter; `kind` is the name of the registering method."""

    kind: str
    name: str
    library: str
    function: Scope
    template: s.Expression | None = None
    """For an inclusion tag: the template it renders."""


class TagLibraries:
    """Every registration of the program."""

    def __init__(self, program: Program) -> None:
        self._found: dict[tuple[bool, str], list[Registration]] = {}
        shared: dict[str, list[str]] = {}
        for unit in program.units.values():
            if _FOLDER in unit.name.split(".")[:-1]:
                library = unit.name.rpartition(".")[2]
                self._add(_registrations(unit.scope, library))
                if (holder := _holder(program, unit.scope)) not in {None, unit.name}:
                    shared.setdefault(str(holder), []).append(library)
        for unit in program.units.values() if shared else ():
            for library in shared.get(_holder(program, unit.scope) or "", ()):
                self._add(_registrations(unit.scope, library))

    def _add(self, registrations: Iterable[Registration]) -> None:
        for registration in registrations:
            key = registration.kind == "filter", registration.name
            self._found.setdefault(key, []).append(registration)

    def tag(self, name: str, loaded: AbstractSet[str]) -> Registration | None:
        """The tag of that name in a template that has loaded these libraries."""
        return self._one(is_filter=False, name=name, loaded=loaded)

    def filter(self, name: str, loaded: AbstractSet[str]) -> Registration | None:
        """The filter of that name in a template that has loaded these libraries."""
        return self._one(is_filter=True, name=name, loaded=loaded)

    def _one(self, *, is_filter: bool, name: str, loaded: AbstractSet[str]) -> Registration | None:
        found = self._found.get((is_filter, name), ())
        return next((item for item in found if item.library in loaded), None)


def _holder(program: Program, module: Scope) -> str | None:
    """The module that defines the ``register`` used in a module."""
    for _ in range(MAX_IMPORTS):
        bindings = module.bindings.get(_REGISTER)
        if not bindings:
            return None
        imported = next((one for one in bindings if isinstance(one, ImportedName)), None)
        if imported is None:
            return module.name
        unit = program.units.get(imported.module)
        if unit is None or imported.name != _REGISTER:
            return None
        module = unit.scope
    return None


def _registrations(module: Scope, library: str) -> Iterator[Registration]:
    for scope in module.children:
        if isinstance(scope.node, s.Function):
            for decorator in scope.node.decorators:
                yield from _decorated(scope, scope.node, decorator, library)
    for statement in statements(module.node.body):
        match statement:
            case s.Evaluate(value=s.Call(function=s.Attribute(name=kind), arguments=arguments) as call) if (
                kind in _KINDS and arguments
            ):
                yield from _registered(module, call, kind, library)
            case _:
                pass


def _decorated(scope: Scope, node: s.Function, decorator: s.Expression, library: str) -> Iterator[Registration]:
    match decorator:
        case s.Attribute(name=kind) if kind in _KINDS:
            yield Registration(kind, node.name, library, scope)
        case s.Call(function=s.Attribute(name=kind)) as call if kind in _KINDS:
            template = call.argument(0, "filename") if kind == "inclusion_tag" else None
            named = call.argument(0, "name") if kind in {"tag", "filter"} else None
            named = named or next((keyword.value for keyword in call.keywords if keyword.name == "name"), None)
            yield Registration(kind, _text(named) or node.name, library, scope, template)
        case _:
            pass


def _registered(module: Scope, call: s.Call, kind: str, library: str) -> Iterator[Registration]:
    """``register.filter("name", function)``, ``register.inclusion_tag("file.html")(function)`` without a decorator."""
    name, function = _text(call.arguments[0]), call.arguments[-1]
    if isinstance(function, s.Attribute):  # ``register.tag("name", NodeClass.parse)``
        function = function.value
    if isinstance(function, s.Name):
        for scope in module.children:
            if scope.short_name == function.id:
                yield Registration(kind, name or function.id, library, scope)


def _text(expression: s.Expression | None) -> str | None:
    return expression.value if isinstance(expression, s.Constant) and isinstance(expression.value, str) else None
