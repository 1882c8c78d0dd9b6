"""The program's functions that run when a WTForms form is validated.

``form.validate()``, and Flask-WTF's ``form.validate_on_submit()``, call the form's ``validate_FIELD`` methods and the
validators of its fields. https://wtforms.readthedocs.io/en/stable/validators/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from strangler.model.system import CallKind
from strangler_analyzers.linker.knowledge import Effect, EffectRule, Runs
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Assigned, Defined, Scope
from strangler_analyzers.linker.values import Frame, FunctionValue, InstanceValue, MethodValue, SuperValue, Values
from strangler_analyzers.source import syntax as s

_VALIDATE = "validate"
_ON_SUBMIT = "validate_on_submit"
_CALLS = frozenset({_VALIDATE, _ON_SUBMIT})
_PREFIX = "validate_"
_PACKAGES = ("wtforms", "flask_wtf", "starlette_wtf", "flask_security", "flask_appbuilder", "flask_admin")


class FormValidation(EffectRule):
    """Validating a form runs the validators of its class."""

    calls_of = ()
    calls_named = _CALLS

    def __init__(self) -> None:
        self._known: dict[Scope, tuple[Effect, ...]] = {}

    def of_call(self, resolver: Resolver, call: s.Call, callees: Values, frame: Frame) -> Iterable[Effect]:
        """``form.validate()``, ``super().validate()``, ``form.validate_on_submit()``."""
        function = call.function
        if not isinstance(function, s.Attribute) or function.name not in _CALLS:
            return
        leads_on = function.name == _ON_SUBMIT or any(isinstance(callee, MethodValue) for callee in callees)
        for owner in resolver.evaluate(function.value, frame):
            if isinstance(owner, InstanceValue) and _is_form(resolver, owner.scope):
                own = _own_validate(resolver, owner.scope)
                if own is None:
                    yield from self._validators(resolver, owner.scope)
                elif function.name == _ON_SUBMIT:
                    yield Runs(own, CallKind.FRAMEWORK, receiver=owner.scope)
            elif isinstance(owner, SuperValue) and not leads_on and _is_form(resolver, owner.receiver):
                yield from self._validators(resolver, owner.receiver)

    def _validators(self, resolver: Resolver, form: Scope) -> tuple[Effect, ...]:
        if form not in self._known:
            found = (*_methods(resolver, form), *_of_fields(resolver, form))
            self._known[form] = tuple(dict.fromkeys(Runs(one, CallKind.FRAMEWORK, receiver=form) for one in found))
        return self._known[form]


def _is_form(resolver: Resolver, scope: Scope) -> bool:
    return any(isinstance(name, str) and name.partition(".")[0] in _PACKAGES for name in resolver.order(scope))


def _own_validate(resolver: Resolver, form: Scope) -> Scope | None:
    methods = resolver.member(form, _VALIDATE, on_class=False)
    return next((method.scope for method in methods if isinstance(method, MethodValue)), None)


def _methods(resolver: Resolver, form: Scope) -> Iterator[Scope]:
    """The methods, each the first of its name in the order of ancestors."""
    seen: set[str] = set()
    for ancestor in resolver.order(form):
        for name, bindings in ancestor.bindings.items() if isinstance(ancestor, Scope) else ():
            if name.startswith(_PREFIX) and name != _ON_SUBMIT and name not in seen:
                seen.add(name)
                binding = bindings[-1]
                if isinstance(binding, Defined) and binding.scope.is_function:
                    yield binding.scope


def _of_fields(resolver: Resolver, form: Scope) -> Iterator[Scope]:
    """Functions, and the ``__call__`` of objects, in the lists of validators passed to fields."""
    for ancestor in resolver.order(form):
        for bindings in ancestor.bindings.values() if isinstance(ancestor, Scope) else ():
            for binding in bindings:
                if isinstance(ancestor, Scope) and isinstance(binding, Assigned):
                    yield from _given(resolver, binding.expression, Frame(ancestor))


def _given(resolver: Resolver, field: s.Expression, frame: Frame) -> Iterator[Scope]:
    listed = field.argument(1, "validators") if isinstance(field, s.Call) else None
    for values in (resolver.elements(value) for value in resolver.evaluate(listed, frame)) if listed else ():
        for value in values:
            if isinstance(value, FunctionValue):
                yield value.scope
            elif isinstance(value, InstanceValue):
                called = resolver.member(value.scope, "__call__", on_class=False)
                yield from (method.scope for method in called if isinstance(method, MethodValue))
