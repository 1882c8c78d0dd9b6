"""Shared access to mapped classes for the rules: one object that starts empty and is bound to a resolver."""

from __future__ import annotations

from strangler_analyzers.frameworks.sqlalchemy.cascades import Cascades
from strangler_analyzers.frameworks.sqlalchemy.models import Models
from strangler_analyzers.frameworks.sqlalchemy.relations import Link, Relations
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import External, Value


class Mapping:
    """Models and relations of the program that a resolver serves."""

    def __init__(self) -> None:
        self._models: Models | None = None
        self._relations: Relations | None = None
        self._cascades: Cascades | None = None
        self._tables: dict[Scope, tuple[str, ...]] = {}
        self._copies: dict[Scope, Scope] = {}

    def bind(self, resolver: Resolver) -> None:
        """Serve this resolver's program; other knowledge may ask for values before its turn to prepare comes."""
        if self._models is not None and self._models.resolver is resolver:
            return
        self._models = Models(resolver)
        self._relations = Relations(self._models)
        self._cascades = None

    @property
    def models(self) -> Models:
        """The mapped classes."""
        assert self._models is not None, "the resolver binds the mapping before it asks"
        return self._models

    @property
    def relations(self) -> Relations:
        """The relationships."""
        assert self._relations is not None, "the resolver binds the mapping before it asks"
        return self._relations

    @property
    def cascades(self) -> Cascades:
        """The cascades of deletions, found on first use."""
        if self._cascades is None:
            self._cascades = Cascades(self.relations)
        return self._cascades

    def tables_of(self, scope: Scope) -> tuple[str, ...]:
        """The tables of a class; empty when it is not mapped."""
        if self._models is None:
            return ()
        known = self._tables.get(scope)
        if known is None:
            known = self._tables[scope] = self.models.tables_of(scope) if scope.is_class else ()
        return known

    def copy_of(self, resolver: Resolver, scope: Scope) -> Scope:
        """The class that copies of a class's instances have in the analysis: a copy's copy is one of them."""
        if self.is_copy(scope):
            return scope
        if scope not in self._copies:
            self._copies[scope] = resolver.derive(scope)
        return self._copies[scope]

    def is_copy(self, scope: Scope) -> bool:
        """Whether instances of a class are copies, which a session does not write by itself."""
        return scope in self._copies.values()

    def link(self, scope: Scope, attribute: str) -> Link | None:
        """The relationship behind an attribute of a mapped class."""
        return self.relations.link(scope, attribute) if self.tables_of(scope) else None

    def core_table(self, value: Value) -> str | None:
        """The name of the ``Table`` a value belongs to."""
        if isinstance(value, External) and (core := self.models.core_table_of(value)) is not None:
            return core.name
        return None
