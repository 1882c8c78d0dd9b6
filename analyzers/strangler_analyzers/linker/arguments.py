"""The values of a parameter: from its receiver, a framework, the callers, its annotation and its default."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from strangler_analyzers.linker.frames import Frames
from strangler_analyzers.linker.libraries import Libraries
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import (
    UNKNOWN,
    CallSite,
    ClassValue,
    Container,
    Frame,
    Given,
    InstanceValue,
    ParameterValue,
    Rows,
    Values,
    union,
)
from strangler_analyzers.source import syntax as s

MAX_GIVEN = 3
"""Depth of nested calls up to which arguments are kept apart per call."""
MAX_CALLERS = 40
"""The most callers that are asked for the value of one parameter."""


class Arguments:
    """Evaluates parameters; `call_sites` are the calls whose arguments flow into them."""

    def __init__(
        self, resolver: Resolver, frames: Frames, libraries: Libraries, call_sites: Mapping[Scope, Sequence[CallSite]]
    ) -> None:
        self._resolver = resolver
        self._frames = frames
        self._libraries = libraries
        self.learn(call_sites)

    def values(self, parameter: s.Parameter, frame: Frame) -> Values:
        """The values of a parameter of the frame's function."""
        scope = frame.scope
        if scope.owner is not None and (receiver := _receiver(parameter, scope, frame.receiver or scope.owner)):
            return receiver
        passed = frame.passed(parameter.name)
        if passed is not None and passed.expression is not UNKNOWN:
            return self._resolver.evaluate(passed.expression, passed.frame)
        values = list(self._declared(scope, parameter))
        declared = any(isinstance(value, InstanceValue | ClassValue | Rows) for found in values for value in found)
        if not declared and passed is None:
            values.extend(self._from_callers(frame, parameter))
        values.append((ParameterValue(scope, parameter.name),))
        return union(values)

    def _declared(self, scope: Scope, parameter: s.Parameter) -> Iterable[Values]:
        """The values from frameworks and the annotation and, if no framework passes anything, from the default."""
        is_passed = False
        for argument in self._libraries.argument:
            if (known := argument(self._resolver, scope, parameter)) is not None:
                is_passed = True
                yield known
        outer = self._frames.around(scope)
        if parameter.annotation is not None:
            declared = self._resolver.annotated(parameter.annotation, outer)
            yield (Container(declared),) if parameter.prefix else declared
        if parameter.default is not None and not is_passed:
            yield self._resolver.evaluate(parameter.default, outer)

    def _from_callers(self, frame: Frame, parameter: s.Parameter) -> Iterable[Values]:
        for expression, outer in self.passed(frame, parameter):
            passed = self._resolver.evaluate(expression, outer)
            yield tuple(value for value in passed if not isinstance(value, ParameterValue))

    def passed(self, frame: Frame, parameter: s.Parameter) -> Iterable[tuple[s.Expression, Frame]]:
        """What the program's own calls pass for a parameter, with the frame each stands in."""
        scope = frame.scope
        sites = (site for site in self._call_sites.get(scope, ()) if self._concerns(site, frame))
        for site in islice(sites, MAX_CALLERS):
            expression = self._resolver.actual(scope, parameter.name, site.call, bound=site.bound)
            if expression is not None:
                for outer in self._wrapper_frames(scope, site) if site.wrapped else (self._caller(site, frame),):
                    yield expression, outer

    def _caller(self, site: CallSite, frame: Frame) -> Frame:
        """The frame of a call; for a call on ``self``, with the receiver class of the called method."""
        caller = site.frame.scope
        if frame.receiver is None or caller.owner is None or not site.frame.is_plain or site.frame.receiver is not None:
            return site.frame
        on_self = site.bound and _is_on_self(site.call, caller)
        if not on_self or caller.owner not in self._resolver.order(frame.receiver):
            return site.frame
        return self._frames.of(caller, frame.receiver)

    def _wrapper_frames(self, wrapped: Scope, site: CallSite) -> Iterable[Frame]:
        """The frames of a decorator's wrapper, for the calls that name one of the functions it replaces.

        A call by a framework tells nothing about the arguments, but the wrapper passes on the values it finds itself.
        """
        wrapper = site.frame.scope
        node = wrapper.node
        calls = self._named.get((wrapper, wrapped), ())
        if not calls:
            yield site.frame
        for named in calls[:MAX_CALLERS]:
            if isinstance(node, s.Function) and named.frame.depth < MAX_GIVEN:
                passed = {
                    item.name: self._resolver.actual(wrapper, item.name, named.call, bound=named.bound)
                    for item in node.parameters
                }
                given = tuple(Given(name, value, named.frame) for name, value in passed.items() if value is not None)
                yield self._frames.kept(Frame(wrapper, site.frame.receiver, given=given))

    def learn(self, call_sites: Mapping[Scope, Sequence[CallSite]]) -> None:
        """Replace the known call sites."""
        self._call_sites = call_sites
        self._named: dict[tuple[Scope, Scope], list[CallSite]] = {}
        for scope, sites in call_sites.items():
            for site in sites:
                if site.named is not None:
                    self._named.setdefault((scope, site.named), []).append(site)
        self._replaced = {named for _, named in self._named}

    def is_replaced(self, scope: Scope) -> bool:
        """Whether the program calls the function by name, and its decorators' replacement runs instead."""
        return scope in self._replaced

    def _concerns(self, site: CallSite, frame: Frame) -> bool:
        """Whether a call can run the method on an instance of the frame's receiver.

        A call that passes on its own instance (``super().method()``) can, if the receiver inherits from the caller.
        """
        if frame.receiver is None or site.receiver is None or site.receiver is frame.receiver:
            return True
        if not site.makes and site.receiver in self._resolver.order(frame.receiver):
            return True
        hands_on = site.frame.scope.owner is site.receiver
        return not hands_on and frame.receiver in self._resolver.order(site.receiver)


def _is_on_self(call: s.Call, caller: Scope) -> bool:
    """Whether a call in a method calls another method of the same instance."""
    match call.function:
        case s.Attribute(value=s.Name(id=name)):
            return name == caller.first_parameter()
        case _:
            return False


def _receiver(parameter: s.Parameter, scope: Scope, receiver: Scope) -> Values:
    """The value of ``self`` or ``cls``; empty for other parameters."""
    if parameter.name != scope.first_parameter():
        return ()
    decorators = set(scope.decorator_names())
    if "classmethod" in decorators or scope.short_name in {"__new__", "__init_subclass__"}:
        return (ClassValue(receiver),)
    return () if "staticmethod" in decorators else (InstanceValue(receiver),)
