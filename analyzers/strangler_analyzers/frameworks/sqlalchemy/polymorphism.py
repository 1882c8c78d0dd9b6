"""Subclasses whose tables are read whenever their base class is loaded (joined-table inheritance).

After "Eager Loading of Specific or All Subtypes" in SQLAlchemy's documentation of inheritance: a subclass says
``polymorphic_load`` in its ``__mapper_args__``, or the base class ``with_polymorphic``. Without either, a load of the
base class reads its own table only.
"""

from __future__ import annotations

from collections.abc import Iterator

from strangler_analyzers.frameworks.sqlalchemy.class_tables import ClassTables
from strangler_analyzers.linker.definitions import returned_expressions
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Assigned, Defined, Scope
from strangler_analyzers.linker.texts import Texts
from strangler_analyzers.linker.values import Frame
from strangler_analyzers.source import syntax as s

_ARGUMENTS = "__mapper_args__"
_LOADED = frozenset({"selectin", "inline"})
_ALL = "*"


class Polymorphism:
    """Finds the subclasses that come with their base class."""

    def __init__(self, resolver: Resolver, classes: ClassTables) -> None:
        self._resolver = resolver
        self._classes = classes
        self._texts = Texts(resolver)
        self._known: dict[Scope, tuple[Scope, ...]] = {}

    def loaded_with(self, scope: Scope) -> tuple[Scope, ...]:
        """Return the subclasses with tables of their own that a load of this mapped class reads, in source order."""
        known = self._known.get(scope)
        if known is None:
            children = [child for child in self._resolver.subclasses(scope) if self._classes.own_table(child)]
            everyone = bool(children) and self._argument(scope, "with_polymorphic") == _ALL
            known = self._known[scope] = tuple(
                child for child in children if everyone or self._argument(child, "polymorphic_load") in _LOADED
            )
        return known

    def _argument(self, scope: Scope, name: str) -> str | None:
        """The mapper arguments of the class, or of an unmapped ancestor on its behalf."""
        for owner in self._classes.ancestors(scope):
            if owner is not scope and self._classes.is_mapped(owner):
                return None
            for expression, frame in _mapper_arguments(owner, scope):
                for key, value in zip(expression.keys, expression.values, strict=True):
                    if key is not None and self._texts.one(key, frame) == name:
                        return self._texts.one(value, frame)
        return None


def _mapper_arguments(owner: Scope, scope: Scope) -> Iterator[tuple[s.Mapping, Frame]]:
    """The dict, or the one a declared attribute returns."""
    for binding in owner.bindings.get(_ARGUMENTS, ()):
        match binding:
            case Assigned(expression=s.Mapping() as found):
                yield found, Frame(owner)
            case Defined(scope=function) if function.is_function:
                for expression in returned_expressions(function):
                    if isinstance(expression, s.Mapping):
                        yield expression, Frame(function, scope)
            case _:
                pass
