"""Maps all import paths of SQLAlchemy's names to the same value."""

from __future__ import annotations

from strangler_analyzers.frameworks.sqlalchemy.library import PACKAGES, facade_member
from strangler_analyzers.linker.knowledge import Knowledge
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.values import External, Frame, Site, Value, Values
from strangler_analyzers.source import syntax as s

_CONSTRUCTORS = frozenset(
    {"Column", "mapped_column", "relationship", "relation", "Table", "ForeignKey", "Relationship", "dynamic_loader"}
)


class Names(Knowledge):
    """``db.Column`` is ``sqlalchemy.Column``, and each constructor call is a value of its own."""

    attributes_of = (External,)
    calls_of = (External,)

    def attribute(self, resolver: Resolver, value: Value, name: str) -> Values | None:
        """Names that Flask-SQLAlchemy's object re-exports."""
        if isinstance(value, External) and (path := facade_member(value.path, name)) is not None:
            return (External(path),)
        return None

    def call(self, resolver: Resolver, callee: Value, call: s.Call, frame: Frame) -> Values | None:
        """Constructors, whatever module they were imported from."""
        if isinstance(callee, External):
            head, _, rest = callee.path.partition(".")
            name = rest.rpartition(".")[2]
            if head in PACKAGES and name in _CONSTRUCTORS:
                return (External(f"sqlalchemy.{name}()", Site(call, frame)),)
        return None
