"""SQLAlchemy as a framework of the analysis."""

from __future__ import annotations

from collections.abc import Iterable

from strangler.model.tables import Table
from strangler_analyzers.frameworks.framework import Framework, imports_any
from strangler_analyzers.frameworks.sqlalchemy.copies import Copies
from strangler_analyzers.frameworks.sqlalchemy.library import PACKAGES
from strangler_analyzers.frameworks.sqlalchemy.mapping import Mapping
from strangler_analyzers.frameworks.sqlalchemy.names import Names
from strangler_analyzers.frameworks.sqlalchemy.sessions import SessionRule
from strangler_analyzers.frameworks.sqlalchemy.statements import Statements
from strangler_analyzers.frameworks.sqlalchemy.tables import TableFacts
from strangler_analyzers.frameworks.sqlalchemy.versions import version_tables
from strangler_analyzers.linker.knowledge import EffectRule, Knowledge
from strangler_analyzers.linker.program import Program
from strangler_analyzers.linker.resolver import Resolver


class SqlAlchemy(Framework):
    """SQLAlchemy, Flask-SQLAlchemy and SQLModel."""

    name = "sqlalchemy"

    def __init__(self) -> None:
        self._mapping = Mapping()

    def present(self, program: Program) -> bool:
        """Whether anything imports SQLAlchemy or a package built on it."""
        return imports_any(program, PACKAGES)

    def knowledge(self) -> Iterable[Knowledge]:
        """Names, queries, rows and their copies."""
        return (Names(), Statements(self._mapping), Copies(self._mapping))

    def effects(self) -> Iterable[EffectRule]:
        """Statements that run and instances that are saved."""
        return (SessionRule(self._mapping),)

    def tables(self, resolver: Resolver) -> Iterable[Table]:
        """Mapped classes and ``Table`` objects, and the version tables of their earlier states."""
        found = tuple(TableFacts(self._mapping.models).all())
        return (*found, *version_tables(self._mapping.relations, found))
