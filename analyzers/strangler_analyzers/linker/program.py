"""The program's symbol table: all modules by name, their scopes, classes and functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from strangler_analyzers.linker.binder import Binder
from strangler_analyzers.linker.scope import (
    Assigned,
    Elsewhere,
    ImportedModule,
    ImportedName,
    Scope,
    Unit,
    receiver_class,
)
from strangler_analyzers.linker.stores import Store
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.documents import Document
from strangler_analyzers.source.extraction import ParsedFile
from strangler_analyzers.source.templates import Template

MAX_BINDINGS = 40
"""A name with more bindings than this holds data; further bindings are dropped."""
MAX_IMPORTS = 6
"""The most modules through which a name may be re-exported."""


class Foreign(Struct, frozen=True, eq=False):
    """``owner.name = value`` where the owner's class is not apparent from the statement."""

    owner: s.Expression
    binding: Assigned
    scope: Scope


class Program:
    """All modules by name, with every scope built."""

    def __init__(
        self,
        parsed: Iterable[ParsedFile],
        templates: tuple[Template, ...] = (),
        documents: tuple[Document, ...] = (),
    ) -> None:
        self.templates = templates
        self.documents = documents
        self.units: Mapping[str, Unit] = {
            item.source.module: Unit(
                item.source.module,
                item.source.file,
                item.source.is_package,
                item.source.role,
                item.tree,
            )
            for item in parsed
        }
        self.packages = frozenset(
            name.rsplit(".", count)[0] for name in self.units for count in range(1, name.count(".") + 1)
        )
        """The dotted prefixes of all modules, since namespace packages have no file of their own."""
        self.foreign: dict[str, list[Foreign]] = {}
        """Attributes set on other objects than the method's own, by attribute name."""
        stores: list[Store] = []
        for unit in self.units.values():
            binder = Binder(unit)
            binder.bind()
            stores += binder.stores
        for store in stores:
            self._keep(store)
        self._scopes = tuple(self._every_scope())
        self.classes: Mapping[str, Scope] = {scope.name: scope for scope in self.scopes() if scope.is_class}
        self.functions: Mapping[str, Scope] = {scope.name: scope for scope in self.scopes() if scope.is_function}

        self.special_methods = frozenset(
            scope.short_name
            for scope in self.functions.values()
            if scope.parent is not None and scope.parent.is_class and scope.short_name.startswith("__")
        )
        """The names of the special methods that classes of the program define."""

    def _keep(self, store: Store) -> None:
        """Bind what is stored in a container, or set on an object, to the name or attribute that holds it."""
        binding, scope = Assigned(store.content), store.scope
        match store.owner:
            case s.Name(id=name):
                holder = self._holder(name, scope)
                if holder is not None and len(holder[0].bindings[holder[1]]) < MAX_BINDINGS:
                    inside = binding if holder[0] is scope else Elsewhere(binding, scope)
                    holder[0].bindings[holder[1]].append(inside)
            case s.Attribute(value=s.Name(id=receiver), name=name) if owner := receiver_class(scope, receiver):
                owner.attributes.setdefault(name, []).append((binding, scope))
            case s.Attribute(value=value, name=name):
                module = self._module_of(value, scope)
                if module is None:
                    self.foreign.setdefault(name, []).append(Foreign(value, binding, scope))
                elif name in module.bindings:
                    module.bindings[name].append(Elsewhere(binding, scope))
            case _:
                pass

    def _holder(self, name: str, scope: Scope) -> tuple[Scope, str] | None:
        """The scope that binds a name used in `scope`, followed through imports, and the name there."""
        current: Scope | None = scope
        while current is not None and (name not in current.bindings or (current.is_class and current is not scope)):
            current = current.parent
        for _ in range(MAX_IMPORTS):
            imported = (
                next((b for b in current.bindings[name] if isinstance(b, ImportedName)), None) if current else None
            )
            if imported is None:
                return None if current is None else (current, name)
            unit = self.units.get(imported.module)
            name = imported.name
            current = unit.scope if unit is not None and name in unit.scope.bindings else None
        return None

    def _module_of(self, expression: s.Expression, scope: Scope) -> Scope | None:
        """The module that a plain name is imported as."""
        if not isinstance(expression, s.Name):
            return None
        current: Scope | None = scope
        while current is not None and expression.id not in current.bindings:
            current = current.parent
        for binding in current.bindings[expression.id] if current is not None else ():
            dotted = binding.module if isinstance(binding, ImportedModule) else ""
            if isinstance(binding, ImportedName):
                dotted = f"{binding.module}.{binding.name}"
            if dotted in self.units:
                return self.units[dotted].scope
        return None

    def scopes(self) -> Sequence[Scope]:
        """Every scope of every module, outermost first, in source order."""
        return self._scopes

    def _every_scope(self) -> Iterator[Scope]:
        for unit in self.units.values():
            pending = [unit.scope]
            while pending:
                scope = pending.pop()
                yield scope
                pending.extend(reversed(scope.children))

    def is_module(self, dotted: str) -> bool:
        """Whether a dotted name is a module or package of the program."""
        return dotted in self.units or dotted in self.packages
