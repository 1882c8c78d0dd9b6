"""Binds the arguments of one call to the parameters of one run."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from strangler_analyzers.frameworks.wiring.activation import Activation, plain, union
from strangler_analyzers.frameworks.wiring.containers import Containers
from strangler_analyzers.frameworks.wiring.questions import Questions
from strangler_analyzers.linker.scope import Argument, Scope
from strangler_analyzers.linker.values import (
    NOTHING,
    Container,
    External,
    Frame,
    FunctionValue,
    MappingValue,
    MethodValue,
    ParameterValue,
    Value,
    Values,
)
from strangler_analyzers.source import syntax as s


class Parameters:
    """Binds arguments, with ``*args`` and ``**kwargs`` unpacked if they are known."""

    def __init__(self, questions: Questions, containers: Containers) -> None:
        self._questions = questions
        self._containers = containers
        self._rest: dict[tuple[s.Call, Frame], s.Mapping] = {}

    def positional(self, call: s.Call, frame: Frame) -> list[Values]:
        """The values of the positional arguments, with ``*args`` unpacked."""
        found: list[Values] = []
        for argument in call.arguments:
            values = self._questions.evaluate(argument, frame)
            if isinstance(argument, s.Star):
                found.extend(part for value in values for part in self._containers.elements(value))
            else:
                found.append(values)
        return found

    def argument(self, call: s.Call, frame: Frame, position: int | None, name: str | None) -> Values:
        """The values passed for a parameter, by name or by position; empty if none is passed."""
        if name is not None:
            expression = call.keyword(name)
            if expression is not None:
                return self._questions.evaluate(expression, frame)
            for keyword in call.keywords:
                if keyword.name is None:
                    for value in self._questions.evaluate(keyword.value, frame):
                        if isinstance(value, MappingValue) and (found := self._containers.item(value, name)):
                            return found
        if position is not None:
            if position < len(call.arguments) and not any(isinstance(a, s.Star) for a in call.arguments):
                return self._questions.evaluate(call.arguments[position], frame)
            given = self.positional(call, frame)
            return given[position] if position < len(given) else NOTHING
        return NOTHING

    def given(self, callee: FunctionValue | MethodValue, call: s.Call, frame: Frame) -> dict[str, Values]:
        """The parameters for which a call passes a value, with their values."""
        node = callee.scope.node
        if not isinstance(node, s.Function):
            return {}
        names: dict[str, Values] = {}
        parameters = list(node.parameters)
        if isinstance(callee, MethodValue) and parameters:
            receiver = parameters.pop(0)
            names[receiver.name] = self.receivers(call, frame)
        relevant = self._questions.relevant.get(callee.scope)
        bound = self._bound(parameters, call, frame)
        names.update((name, values) for name, values in bound if relevant is None or name in relevant)
        return {name: values for name, values in names.items() if values}

    def _bound(self, parameters: list[s.Parameter], call: s.Call, frame: Frame) -> Iterator[tuple[str, Values]]:
        positional = self.positional(call, frame)
        taken: set[str] = set()
        position = 0
        for parameter in parameters:
            if parameter.prefix == "*":
                rest = tuple(value for values in positional[position:] for value in values)
                position = len(positional)
                yield parameter.name, (Container(rest),) if rest else NOTHING
            elif parameter.prefix == "**":
                yield parameter.name, self.keywords(call, frame, taken)
            else:
                at = None if parameter.keyword_only else position
                position += at is not None
                taken.add(parameter.name)
                yield parameter.name, self._known(self.argument(call, frame, at, parameter.name))

    def keywords(self, call: s.Call, frame: Frame, taken: AbstractSet[str] = frozenset()) -> Values:
        """What ``**kwargs`` holds: the keywords of a call that no parameter took."""
        rest = [keyword for keyword in call.keywords if keyword.name is None or keyword.name not in taken]
        if not rest:
            return NOTHING
        keys = tuple(None if keyword.name is None else s.Constant(keyword.name) for keyword in rest)
        mapping = s.Mapping(keys, tuple(keyword.value for keyword in rest))
        return (MappingValue(self._rest.setdefault((call, frame), mapping), frame),)

    @staticmethod
    def _known(values: Values) -> Values:
        return tuple(value for value in values if not isinstance(value, ParameterValue))

    def receivers(self, call: s.Call, frame: Frame) -> Values:
        """The parts that a method is called on; any other receiver is known by its class."""
        if not isinstance(call.function, s.Attribute):
            return NOTHING
        values = self._questions.evaluate(call.function.value, frame)
        return tuple(value for value in values if self._is_part(value))

    def _is_part(self, value: Value) -> bool:
        return isinstance(value, External) and value.site in self._questions.classes

    def default(self, parameter: s.Parameter, binding: Argument, frame: Frame) -> Values:
        """The values of a parameter that the run does not pass: from its default, its type, or the linker."""
        scope = frame.scope
        questions = self._questions
        if scope.owner is not None and parameter.name == scope.first_parameter():
            return self._known(questions.resolver.bound(binding, plain(frame)))
        outer = self._around(frame, scope)
        default = NOTHING if parameter.default is None else questions.evaluate(parameter.default, outer)
        if not isinstance(frame, Activation):
            return union((default, self._known(questions.resolver.bound(binding, frame))))
        annotation = parameter.annotation
        declared = NOTHING if annotation is None else questions.resolver.annotated(annotation, plain(outer))
        return union((default, declared))

    @staticmethod
    def _around(frame: Frame, scope: Scope) -> Frame:
        if isinstance(frame, Activation) and frame.outer is not None:
            return frame.outer
        return Frame(scope.parent or scope)
