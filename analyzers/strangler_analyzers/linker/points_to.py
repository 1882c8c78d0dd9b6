"""The points-to analysis: the values an expression may have, found on demand.

A points-to analysis in the style of demand-driven, field-sensitive analyses (Sridharan and Bodik, "Refinement-based
context-sensitive points-to analysis", 2006), much simplified. It is flow-sensitive only in which bindings of a local
name can reach a use; it is sensitive to the class of the receiver, memoised per (expression, frame), and capped.
Where nothing is known the answer is empty; nothing is guessed from a bare name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from strangler_analyzers.linker.annotations import Annotations
from strangler_analyzers.linker.arguments import Arguments
from strangler_analyzers.linker.calls import Calls
from strangler_analyzers.linker.containers import Containers
from strangler_analyzers.linker.decorations import Decorations
from strangler_analyzers.linker.frames import Frames
from strangler_analyzers.linker.hierarchy import Hierarchy
from strangler_analyzers.linker.knowledge import Knowledge
from strangler_analyzers.linker.libraries import Libraries
from strangler_analyzers.linker.local_answers import LocalAnswers
from strangler_analyzers.linker.members import Members
from strangler_analyzers.linker.names import Names
from strangler_analyzers.linker.passing import Passing
from strangler_analyzers.linker.program import Program
from strangler_analyzers.linker.protocols import Protocols
from strangler_analyzers.linker.reaching import REACHING
from strangler_analyzers.linker.recursion import Recursion
from strangler_analyzers.linker.scope import Scope, Unit
from strangler_analyzers.linker.values import (
    NOTHING,
    CallSite,
    ClassValue,
    ConstantValue,
    Container,
    External,
    Frame,
    MappingValue,
    MethodValue,
    SequenceValue,
    SumValue,
    SuperValue,
    Values,
    defined,
    union,
    union_of,
)
from strangler_analyzers.source import syntax as s

_REMEMBERED = frozenset({s.Attribute, s.Call, s.Subscript, s.Choice, s.Operation, s.Comprehension})
"""The kinds of expressions worth memoising; the others are evaluated again as quickly."""
_NO_CALL_SITES: Mapping[Scope, Sequence[CallSite]] = {}


class PointsTo:
    """A `Resolver` of one program: evaluates expressions, and composes the parts that answer the other questions.

    `call_sites` come from an earlier pass and let arguments flow into parameters.
    """

    def __init__(
        self,
        program: Program,
        knowledge: Sequence[Knowledge] = (),
        call_sites: Mapping[Scope, Sequence[CallSite]] = _NO_CALL_SITES,
    ) -> None:
        self.program = program
        self._recursion = Recursion()
        self._values = LocalAnswers[tuple[s.Expression, Frame]](self._recursion)
        self._protocols = Protocols(program)
        frames, libraries = Frames(), Libraries.of(knowledge)
        self.frame = frames.of
        self.annotated = Annotations(self.evaluate).declared
        hierarchy = Hierarchy(program, self.evaluate)
        self.order, self.bases, self.inherits = hierarchy.order, hierarchy.bases, hierarchy.inherits
        self.subclasses, self.property_getter = hierarchy.subclasses, hierarchy.property_getter
        self.derive, self.property_setter = hierarchy.derive, hierarchy.property_setter
        members = Members(self, self._recursion, frames, libraries)
        self.attribute, self.member = members.attribute, members.member
        self.actual = Passing().actual
        calls = Calls(self, self._recursion, frames, libraries)
        self.call, self.called, self.returned = calls.call, calls.called, calls.returned
        decorations = Decorations(self, self._recursion, frames)
        self.applied, self.reached = decorations.applied, decorations.reached
        containers = Containers(self, self._recursion, libraries)
        self.elements, self.item = containers.elements, containers.item
        arguments = Arguments(self, frames, libraries, call_sites)
        self.passed, self.is_replaced = arguments.passed, arguments.is_replaced
        self._arguments = arguments
        names = Names(self, self._recursion, frames, containers, arguments)
        self.lookup, self.module_member, self.bound = names.lookup, names.module_member, names.bound
        self._reaching, self._reached = REACHING.of(program), names.reached
        self._local = (self._values, names.values)
        for part in knowledge:
            part.prepare(self)
            self._recursion.forget()  # Answers found while the declarations were read lack the libraries' knowledge.

    union = staticmethod(union)

    def learn(self, call_sites: Mapping[Scope, Sequence[CallSite]]) -> None:
        """Let the arguments of these calls flow into parameters, and drop all earlier answers."""
        self._arguments.learn(call_sites)
        self._recursion.forget()

    def close(self) -> None:
        """Release all answers; nothing can be asked afterwards.

        A resolver and its parts refer to each other, and the cycle collector does not run while a program is linked.
        """
        vars(self).clear()

    def leave(self, module: Unit) -> None:
        """Drop the answers that are rarely needed again once the code of a module has been analysed."""
        for answers in self._local:
            answers.leave(module)

    def forget(self, frame: Frame) -> None:
        """Drop the answers inside a function in one frame, once its code has been analysed in that frame."""
        for answers in self._local:
            answers.forget(frame)

    def evaluate(self, expression: s.Expression, frame: Frame) -> Values:
        """The values an expression may have in a frame."""
        if type(expression) is s.Name:
            found = self._reaching.get(expression)
            return self.lookup(expression.id, frame) if found is None else self._reached(found, frame)
        if type(expression) not in _REMEMBERED:
            return self._read_off(expression, frame)
        question = (expression, frame)
        values = self._values.of(frame.scope)
        return values.get(question) or self._recursion.once(values, question, self._compute)

    def _read_off(self, expression: s.Expression, frame: Frame) -> Values:
        """The values of an expression that needs no lookup, such as a constant or a display."""
        match expression:
            case s.Constant(value=value):
                return (ConstantValue(value),)
            case s.Sequence():
                return (SequenceValue(expression, frame),)
            case s.Mapping():
                return (MappingValue(expression, frame),)
            case s.Await(value=value) | s.Star(value=value) | s.Walrus(value=value):
                return self.evaluate(value, frame)
            case s.Format():
                return (External("str()"),)
            case s.Lambda(function=function):
                return self._lambda(function, frame)
            case s.Opaque(operator=operator):
                return self._operated(expression, frame) if operator else NOTHING
            case _:
                return NOTHING

    @staticmethod
    def _lambda(function: s.Function, frame: Frame) -> Values:
        scope: Scope | None = frame.scope
        while scope is not None:  # A class's expressions may be evaluated in its own scope or the enclosing one.
            if (found := scope.by_node.get(function)) is not None:
                return (defined(found, frame),)
            scope = scope.parent
        return NOTHING

    def _compute(self, question: tuple[s.Expression, Frame]) -> Values:
        expression, frame = question
        match expression:
            case s.Attribute(value=value, name=name):
                return union_of(self.evaluate(value, frame), lambda owner: self.attribute(owner, name))
            case s.Call():
                return self._call(expression, frame)
            case s.Subscript(value=value, index=index):
                return self._subscript(value, index, frame)
            case s.Choice(values=values):
                return union(self.evaluate(value, frame) for value in values)
            case s.Operation(operator="+", left=left, right=right):
                return self._operated(expression, frame) or (SumValue(left, right, frame),)
            case s.Operation(left=left, right=right):
                return union((self.evaluate(left, frame), self.evaluate(right, frame)))
            case s.Comprehension(element=element):
                return (Container(self.evaluate(element, frame)),)
            case _:
                return NOTHING

    def _call(self, call: s.Call, frame: Frame) -> Values:
        if isinstance(call.function, s.Name) and call.function.id == "super":
            return self._super(call, frame)
        return union_of(self.evaluate(call.function, frame), lambda callee: self.call(callee, call, frame))

    def _operated(self, expression: s.Expression, frame: Frame) -> Values:
        """What the special method of an operator returns."""
        for choice in self._protocols.of(expression):
            for call in choice:
                if made := union(
                    self.call(callee, call, frame)
                    for callee in self.evaluate(call.function, frame)
                    if isinstance(callee, MethodValue)
                ):
                    return made
        return NOTHING

    def _super(self, call: s.Call, frame: Frame) -> Values:
        found = _nearest_super(frame)
        if not call.arguments:
            return found
        classes = [value.scope for value in self.evaluate(call.arguments[0], frame) if isinstance(value, ClassValue)]
        return tuple(
            SuperValue(value.receiver, classes[0]) if isinstance(value, SuperValue) and classes else value
            for value in found
        )

    def _subscript(self, value: s.Expression, index: s.Expression, frame: Frame) -> Values:
        keys = [key.value for key in self.evaluate(index, frame) if isinstance(key, ConstantValue)]
        key = keys[0] if len(keys) == 1 else None
        owners = self.evaluate(value, frame)
        found = [self.item(owner, key) for owner in owners]
        if isinstance(index, s.Opaque):  # A slice has the elements of the sequence it is taken from.
            found.append(tuple(owner for owner in owners if isinstance(owner, SequenceValue | Container | SumValue)))
        return union(found)


def _nearest_super(frame: Frame) -> Values:
    scope: Scope | None = frame.scope
    while scope is not None and scope.owner is None:
        scope = scope.parent if scope.is_function else None
    if scope is None or scope.owner is None:
        return NOTHING
    return (SuperValue(frame.receiver or scope.owner, scope.owner),)
