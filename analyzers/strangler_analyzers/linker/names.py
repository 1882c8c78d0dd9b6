"""Name lookup: which scopes a name is searched in, and which bindings it has there."""

from __future__ import annotations

from strangler_analyzers.linker.arguments import Arguments
from strangler_analyzers.linker.containers import Containers
from strangler_analyzers.linker.frames import Frames
from strangler_analyzers.linker.local_answers import LocalAnswers
from strangler_analyzers.linker.program import Program
from strangler_analyzers.linker.reaching import Reaching
from strangler_analyzers.linker.recursion import Recursion
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import (
    Annotated,
    Argument,
    Assigned,
    Binding,
    Decorated,
    Defined,
    Elsewhere,
    Entered,
    ImportedModule,
    ImportedName,
    Iterated,
    Scope,
)
from strangler_analyzers.linker.values import (
    NOTHING,
    ClassValue,
    External,
    Frame,
    ModuleValue,
    Values,
    defined,
    union,
)


class Names:
    """Finds names by Python's scoping rules and evaluates their bindings."""

    def __init__(
        self, resolver: Resolver, recursion: Recursion, frames: Frames, containers: Containers, arguments: Arguments
    ) -> None:
        self._resolver = resolver
        self._program: Program = resolver.program
        self._recursion = recursion
        self._frames = frames
        self._containers = containers
        self._arguments = arguments
        self._values = LocalAnswers[tuple[Frame, str | Reaching]](recursion)
        self.values = self._values
        self._whole: dict[tuple[Scope, str], bool] = {}
        """Whether the last definition of a module's name is a top-level statement of the module."""

    def reached(self, found: Reaching, frame: Frame) -> Values:
        """The values of a local name at a use that only some of its bindings reach."""
        return self._named((self._frames.of(frame.scope, frame.receiver) if frame.is_plain else frame, found))

    def lookup(self, name: str, frame: Frame) -> Values:
        """The values of a plain name, searched in Python's order: function, enclosing functions, module, builtins."""
        scope, outer = frame.scope, frame.outer
        if name in scope.bindings:
            plain = outer is None and not frame.given
            return self._named((self._frames.of(scope, frame.receiver) if plain else frame, name))
        while scope.parent is not None:
            scope = scope.parent
            around = outer if outer is not None and outer.scope is scope else None
            if name in scope.bindings and not scope.is_class:
                return self._named((around or self._frames.of(scope, frame.receiver), name))
            outer = around.outer if around is not None else outer
        return self._from_stars(scope, name) or (External(f"builtins.{name}"),)

    def module_member(self, module: str, name: str, *, from_star: bool = False) -> Values:
        """``module.name``: a bound name, a star-imported name or a submodule; for a library module its dotted path."""
        unit = self._program.units.get(module)
        if unit is not None:
            if name in unit.scope.bindings:
                frame, last = self._frames.of(unit.scope), self._last(unit.scope, name)
                values = self._named((frame, name if last is None else (last,)))
                if values:
                    return values
            elif values := self._from_stars(unit.scope, name):
                return values
        dotted = f"{module}.{name}"
        if self._program.is_module(dotted):
            return (ModuleValue(dotted),)
        if self._program.is_module(module) or from_star:
            return NOTHING
        return (External(dotted),)

    def _last(self, module: Scope, name: str) -> Binding | None:
        """The function or class that a name is bound to after the module has run, whatever it was bound to before.

        A definition in a branch does not count; None if the name has only this binding.
        """
        bindings = module.bindings[name]
        if len(bindings) == 1 or not isinstance(last := bindings[-1], Defined):
            return None
        key = (module, name)
        if key not in self._whole:
            self._whole[key] = any(last.scope.node is statement for statement in module.node.body)
        return last if self._whole[key] else None

    def _named(self, place: tuple[Frame, str | Reaching]) -> Values:
        values = self._values.of(place[0].scope)
        return values.get(place) or self._recursion.once(values, place, self._all_bound)

    def _all_bound(self, place: tuple[Frame, str | Reaching]) -> Values:
        frame, name = place
        bindings = frame.scope.bindings[name] if isinstance(name, str) else name
        return union(self.bound(binding, frame) for binding in bindings)

    def _from_stars(self, scope: Scope, name: str) -> Values:
        for star in scope.stars:
            if values := self.module_member(star, name, from_star=True):
                return values
        return NOTHING

    def bound(self, binding: Binding, frame: Frame) -> Values:
        """The values that a binding gives its name."""
        match binding:
            case Assigned(expression=expression, path=path):
                return self._unpacked(self._resolver.evaluate(expression, frame), path)
            case Argument(parameter=parameter):
                return self._arguments.values(parameter, frame)
            case ImportedName(module=module, name=name):
                return self.module_member(module, name)
            case Defined(scope=scope):
                return (ClassValue(scope),) if scope.is_class else (defined(scope, frame),)
            case Elsewhere(binding=inner, scope=scope):
                return self.bound(inner, self._frames.of(scope))
            case Decorated(scope=scope, count=count):
                return self._resolver.applied(scope, count, frame)
            case ImportedModule(module=module):
                return (ModuleValue(module),) if self._program.is_module(module) else (External(module),)
            case Annotated(annotation=annotation):
                return self._resolver.annotated(annotation, frame)
            case Iterated(iterable=iterable, path=path):
                iterables = self._resolver.evaluate(iterable, frame)
                return self._unpacked(union(map(self._containers.elements, iterables)), path)
            case Entered(context=context, path=path):
                contexts = self._resolver.evaluate(context, frame)
                return self._unpacked(union(map(self._containers.entered, contexts)), path)

    def _unpacked(self, values: Values, path: tuple[int, ...]) -> Values:
        for index in path:
            values = union(self._containers.item(value, index) for value in values)
        return values
