"""``class Meta`` of a model: its own and inherited options.

The rules are those of `django.db.models.base.ModelBase.__new__`.
"""

from __future__ import annotations

from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Assigned, Defined, Scope
from strangler_analyzers.linker.strings import first_string
from strangler_analyzers.linker.texts import Texts
from strangler_analyzers.linker.values import ClassValue, ConstantValue, Frame, Values


class MetaOptions:
    """The options of one model class."""

    def __init__(self, resolver: Resolver, own: Scope | None, inherited: Scope | None = None) -> None:
        self._resolver = resolver
        self._own = own
        self._scope = own or inherited
        """The Meta with the options: the class's own, else that of its first abstract ancestor with one."""

    @property
    def scope(self) -> Scope | None:
        """The class that holds the options."""
        return self._scope

    def text(self, name: str) -> str | None:
        """A string option, literal or computed."""
        text = first_string(self._values(name))
        unsure = self._scope is not None and (text is None or "%" in text)
        for owner in self._resolver.order(self._scope) if unsure and self._scope else ():
            if isinstance(owner, Scope) and name in owner.bindings:
                given = [one.expression for one in owner.bindings[name] if isinstance(one, Assigned)]
                return Texts(self._resolver).one(given[-1], Frame(owner)) or text if given else text
        return text

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A boolean option."""
        for value in self._values(name):
            if isinstance(value, ConstantValue):
                return bool(value.value)
        return default

    @property
    def abstract(self) -> bool:
        """Whether the class is abstract. The option is not inherited: Django resets it on the Meta after use."""
        if self._own is None:
            return False
        for ancestor in self._resolver.order(self._own):
            if isinstance(ancestor, Scope) and "abstract" in ancestor.bindings:
                is_models_meta = ancestor.parent is not None and ancestor.parent.is_class
                if ancestor is not self._own and is_models_meta:
                    return False
                return self.flag("abstract")
        return False

    def _values(self, name: str) -> Values:
        if self._scope is None or not self._declares(name):
            return ()
        return self._resolver.member(self._scope, name, on_class=True)

    def _declares(self, name: str) -> bool:
        assert self._scope is not None
        return any(isinstance(scope, Scope) and name in scope.bindings for scope in self._resolver.order(self._scope))


def own_meta(resolver: Resolver, scope: Scope) -> Scope | None:
    """The Meta class that a class's body binds."""
    for binding in reversed(scope.bindings.get("Meta", ())):
        if isinstance(binding, Defined) and binding.scope.is_class:
            return binding.scope
        if isinstance(binding, Assigned):
            for value in resolver.member(scope, "Meta", on_class=True):
                if isinstance(value, ClassValue):
                    return value.scope
    return None
