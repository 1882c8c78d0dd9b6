"""Django's lazy objects, which become another object on first use: `django.utils.functional.LazyObject`."""

from __future__ import annotations

from strangler_analyzers.linker.knowledge import Knowledge
from strangler_analyzers.linker.per_program import PerProgram
from strangler_analyzers.linker.program import Program
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import InstanceValue, Value, Values
from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s

_BASE = "django.utils.functional.LazyObject"
_WRAPPED = "_wrapped"
_OWN = frozenset({_WRAPPED, "_setup"})


class LazyObjects(Knowledge):
    """Attributes of such an instance are those of the object that ``_setup`` assigns to ``self._wrapped``."""

    attributes_of = (InstanceValue,)

    def attribute(self, resolver: Resolver, value: Value, name: str) -> Values | None:
        """The attribute of the wrapped object, unless the class has the attribute itself."""
        if not isinstance(value, InstanceValue) or name in _OWN:
            return None
        candidates = _CANDIDATES.of(resolver.program)
        if value.scope not in candidates or _BASE not in resolver.order(value.scope):
            return None
        own = (ancestor for ancestor in resolver.order(value.scope) if isinstance(ancestor, Scope))
        if any(name in ancestor.bindings for ancestor in own):
            return None
        wrapped = resolver.member(value.scope, _WRAPPED, on_class=False)
        return resolver.union(resolver.attribute(inner, name) for inner in wrapped if inner != value) or None


def _candidates(program: Program) -> frozenset[Scope]:
    """Classes that may be lazy, judged by the name of a base, so that the ancestors of others need not be found."""
    return frozenset(
        scope
        for scope in program.classes.values()
        if isinstance(scope.node, s.Class)
        and any(spelling.last_name(base).endswith("LazyObject") for base in scope.node.bases)
    )


_CANDIDATES = PerProgram(_candidates)
