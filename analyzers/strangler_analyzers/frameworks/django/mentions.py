"""One pass over all statements of a program for the declarations of Django projects by calls and assignments."""

from __future__ import annotations

from collections.abc import Iterator

from strangler.model.system import ModuleRole
from strangler_analyzers.linker.per_program import PerProgram
from strangler_analyzers.linker.program import Program
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.traversal import calls, statements


class Mentions:
    """Where the program registers things, switches URL confs, and sets attributes of the request; without tests."""

    def __init__(self, program: Program) -> None:
        self.registrations: list[tuple[Scope, s.Call]] = []
        """``something.register(...)`` as a statement."""
        self.registries: list[tuple[Scope, s.Expression, s.Expression]] = []
        """Routers that take over the registrations of others: ``router.registry.extend(other.registry)``."""
        self.urlconfs: list[tuple[Scope, s.Expression]] = []
        """The values passed to ``set_urlconf()`` or assigned to ``request.urlconf``."""
        self.request_attributes: dict[str, list[tuple[Scope, s.Expression]]] = {}
        """The values assigned to ``request.name`` and ``self.request.name``."""
        self.context_processors: tuple[Scope, ...] = tuple(_context_processors(program))
        """The functions that add to the context of every template rendered with a request."""
        self._method_calls: dict[Scope, tuple[tuple[str, bool], ...]] = {}
        for scope in program.scopes():
            if scope.module.role is ModuleRole.APPLICATION:
                for statement in statements(scope.node.body):
                    self._note(scope, statement)

    def _note(self, scope: Scope, statement: s.Statement) -> None:
        match statement:
            case s.Evaluate(value=s.Call(function=s.Attribute(name="register")) as call):
                self.registrations.append((scope, call))
            case (
                s.Evaluate(
                    value=s.Call(
                        function=s.Attribute(value=s.Attribute(value=owner, name="registry"), name="extend"),
                        arguments=(s.Attribute(value=other, name="registry"),),
                    )
                )
                | s.Augment(
                    target=s.Attribute(value=owner, name="registry"), value=s.Attribute(value=other, name="registry")
                )
            ):
                self.registries.append((scope, owner, other))
            case s.Evaluate(value=s.Call(function=s.Name(id="set_urlconf"), arguments=(value,))):
                self.urlconfs.append((scope, value))
            case s.Assign(targets=targets, value=value) if value is not None:
                for target in targets:
                    if isinstance(target, s.Attribute) and _is_request(target.value):
                        self.request_attributes.setdefault(target.name, []).append((scope, value))
                        if target.name == "urlconf":
                            self.urlconfs.append((scope, value))
            case _:
                pass

    def method_calls(self, function: Scope) -> tuple[tuple[str, bool], ...]:
        """The methods that a method calls on ``self`` (False) and on ``super()`` (True), in source order."""
        known = self._method_calls.get(function)
        if known is None:
            known = self._method_calls[function] = tuple(dict.fromkeys(_method_calls(function)))
        return known


MENTIONS = PerProgram(Mentions)


def _context_processors(program: Program) -> Iterator[Scope]:
    """The functions of modules called as Django's own are, that take nothing but the request.

    Which of them a project lists in TEMPLATES is often said outside of the package that has them.
    """
    for unit in program.units.values():
        if unit.name.rpartition(".")[2] == "context_processors" and unit.role is ModuleRole.APPLICATION:
            for scope in unit.scope.children:
                if isinstance(scope.node, s.Function) and len(scope.node.parameters) == 1:
                    yield scope


def _is_request(expression: s.Expression) -> bool:
    match expression:
        case s.Name(id="request") | s.Attribute(value=s.Name(id="self"), name="request"):
            return True
        case _:
            return False


def _method_calls(function: Scope) -> Iterator[tuple[str, bool]]:
    receiver = function.first_parameter()
    for call in calls((function.node,), nested=True):
        match call.function:
            case s.Attribute(value=s.Call(function=s.Name(id="super")), name=name):
                yield name, True
            case s.Attribute(value=s.Name(id=owner), name=name) if owner == receiver:
                yield name, False
            case _:
                pass
