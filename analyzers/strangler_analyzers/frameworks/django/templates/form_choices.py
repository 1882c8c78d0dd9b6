"""Reads by rendered forms: ``ModelChoiceField`` evaluates the queryset of its choices when it is rendered.

Those are the fields a form declares with a queryset and, of a model's form, the relations among its fields ("Creating
forms from models", Django 5.2).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from strangler_analyzers.frameworks.django.models.index import AnyModel, Model
from strangler_analyzers.frameworks.django.models.registry import DjangoModels
from strangler_analyzers.frameworks.django.models.working_models import WorkingModels
from strangler_analyzers.frameworks.django.queries.effects import DjangoEffects
from strangler_analyzers.frameworks.django.views.part_hooks import is_form
from strangler_analyzers.linker.knowledge import Effect, EffectRule
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Assigned, Scope
from strangler_analyzers.linker.values import Frame, InstanceValue, Values
from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s

WHOLE = frozenset(
    {"__str__", "as_p", "as_table", "as_ul", "as_div", "render", "visible_fields", "hidden_fields", "fields"}
)
"""Attributes that render all fields of a form."""
_CHOICES = ("ModelChoiceField", "ModelMultipleChoiceField", "TreeNodeChoiceField", "TreeNodeMultipleChoiceField")


class FormChoices(EffectRule):
    """The reads of rendering forms; the rule is for templates only, since code with a form need not render it."""

    def __init__(self, models: DjangoModels, effects: DjangoEffects) -> None:
        self._models = models
        self._effects = effects
        self._working = WorkingModels(models)
        self._known: dict[Scope, dict[str, tuple[AnyModel, ...]]] = {}

    def of_attribute(self, resolver: Resolver, owners: Values, name: str, frame: Frame) -> Iterable[Effect]:
        """``form.country``, ``form.as_p``."""
        del frame
        for owner in owners:
            if isinstance(owner, InstanceValue) and is_form(resolver, owner.scope):
                yield from self._shown(resolver, owner.scope, None if name in WHOLE else name)

    def of_iteration(self, resolver: Resolver, iterables: Values, frame: Frame) -> Iterable[Effect]:
        """``{% for field in form %}``."""
        return self.of_attribute(resolver, iterables, "__str__", frame)

    def _shown(self, resolver: Resolver, form: Scope, field: str | None) -> Iterator[Effect]:
        if form not in self._known:
            self._known[form] = dict(self._fields(resolver, form))
        fields = self._known[form]
        for name in fields if field is None else (field,):
            for model in fields.get(name, ()):
                yield from self._effects.reads(model, "choices")

    def _fields(self, resolver: Resolver, form: Scope) -> Iterator[tuple[str, tuple[AnyModel, ...]]]:
        """Each field that offers rows, with their models; declarations of the form override those of its model."""
        model = self._working.of_form(resolver, form) if self._working.is_form(resolver, form) else None
        if isinstance(model, Model):
            for relation in self._working.form_relations(resolver, form, model):
                yield relation.name, (relation.target,)
        for ancestor in reversed(resolver.order(form)):
            if isinstance(ancestor, Scope):
                for name, bindings in ancestor.bindings.items():
                    for binding in bindings:
                        if isinstance(binding, Assigned) and isinstance(binding.expression, s.Call):
                            yield name, tuple(self._offered(resolver, binding.expression, Frame(ancestor)))

    def _offered(self, resolver: Resolver, call: s.Call, frame: Frame) -> Iterator[AnyModel]:
        if (spelling.dotted(call.function) or "").endswith(_CHOICES):
            queryset = call.argument(0, "queryset")
            for value in resolver.evaluate(queryset, frame) if queryset is not None else ():
                if (model := self._models.model_of_value(value)) is not None:
                    yield model
