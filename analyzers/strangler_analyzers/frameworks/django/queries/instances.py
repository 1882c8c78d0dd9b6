"""The program's functions that run when a model instance is made, or its attributes are read or set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from strangler_analyzers.frameworks.django.models.registry import DjangoModels
from strangler_analyzers.frameworks.django.models.working_models import WorkingModels
from strangler_analyzers.frameworks.django.queries.row_hooks import RowHooks
from strangler_analyzers.frameworks.methods import own_method
from strangler_analyzers.linker.knowledge import Effect, EffectRule
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.values import ClassValue, External, Frame, InstanceValue, SuperValue, Values
from strangler_analyzers.source import syntax as s


class Instances(EffectRule):
    """The descriptors that represent fields of instances."""

    calls_of = (ClassValue, External)
    calls_named = ()

    def __init__(self, models: DjangoModels, hooks: RowHooks) -> None:
        self._models = models
        self._hooks = hooks
        self._working = WorkingModels(models)

    def of_call(self, resolver: Resolver, call: s.Call, callees: Values, frame: Frame) -> Iterable[Effect]:
        """``Order()``, and ``super().__init__()`` in a model or in the form of one."""
        for callee in callees:
            match callee, call.function:
                case ClassValue(scope=scope), _:
                    model = self._models.model(scope)
                    if model is not None and own_method(resolver, scope, "__init__") is None:
                        yield from self._hooks.made(model)
                case External(), s.Attribute(value=owner, name="__init__"):
                    yield from self._of_base(resolver, resolver.evaluate(owner, frame))
                case _:
                    pass

    def _of_base(self, resolver: Resolver, owners: Values) -> Iterator[Effect]:
        """A form without a given instance makes one, and reads the fields of its instance."""
        for owner in owners:
            if isinstance(owner, SuperValue):
                model = self._models.model(owner.receiver)
                if model is not None:
                    yield from self._hooks.made(model)
                elif self._working.is_form(resolver, owner.receiver):
                    edited = self._working.of_form(resolver, owner.receiver)
                    if edited is not None:
                        yield from (*self._hooks.made(edited), *self._hooks.shown(edited))

    def of_attribute(self, resolver: Resolver, owners: Values, name: str, frame: Frame) -> Iterable[Effect]:
        """``order.code``."""
        del resolver, frame
        return self._special(owners, name, "__get__")

    def of_assignment(
        self, resolver: Resolver, owners: Values, name: str, value: s.Expression | None, frame: Frame
    ) -> Iterable[Effect]:
        """``order.code = value``."""
        del resolver, value, frame
        return self._special(owners, name, "__set__")

    def _special(self, owners: Values, name: str, special: str) -> Iterator[Effect]:
        for owner in owners if self._hooks.is_replaced(name) else ():
            if isinstance(owner, InstanceValue | SuperValue):
                model = self._models.model_of_value(owner)
                if model is not None:
                    yield from self._hooks.attribute(model, name, special)
