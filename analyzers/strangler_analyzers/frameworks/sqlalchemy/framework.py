"""SQLAlchemy as a framework: what the analysis asks it for."""

from __future__ import annotations

from collections.abc import Iterable

from strangler.model.system import Table
from strangler_analyzers.framework import Framework, imports_any
from strangler_analyzers.frameworks.sqlalchemy.library import PACKAGES
from strangler_analyzers.frameworks.sqlalchemy.models import Models
from strangler_analyzers.frameworks.sqlalchemy.names import Names
from strangler_analyzers.frameworks.sqlalchemy.tables import TableFacts
from strangler_analyzers.knowledge import Knowledge
from strangler_analyzers.program import Program
from strangler_analyzers.resolver import Resolver


class SqlAlchemy(Framework):
    """SQLAlchemy, Flask-SQLAlchemy and SQLModel."""

    name = "sqlalchemy"

    def __init__(self) -> None:
        self._models: Models | None = None

    def present(self, program: Program) -> bool:
        """Whether anything imports SQLAlchemy or a package built on it."""
        return imports_any(program, PACKAGES)

    def knowledge(self) -> Iterable[Knowledge]:
        """Names, queries and rows."""
        return (Names(),)

    def tables(self, resolver: Resolver) -> Iterable[Table]:
        """Mapped classes and ``Table`` objects."""
        return TableFacts(self._of(resolver)).all()

    def _of(self, resolver: Resolver) -> Models:
        if self._models is None or self._models.resolver is not resolver:
            self._models = Models(resolver)
        return self._models
