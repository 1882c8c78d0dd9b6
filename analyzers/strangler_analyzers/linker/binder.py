"""Name binding: fills the scopes of one module from its syntax tree."""

from __future__ import annotations

from strangler_analyzers.linker.scope import (
    Annotated,
    Argument,
    Assigned,
    Binding,
    Decorated,
    Defined,
    Entered,
    ImportedModule,
    ImportedName,
    Iterated,
    Scope,
    Unit,
    receiver_class,
)
from strangler_analyzers.linker.stores import Store, mutation, stored
from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.traversal import lambdas

_ANSWERING = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})
"""The methods of a class-based view that answer requests, named after HTTP methods."""


class Binder:
    """Fills the scopes of one module, and collects what its code stores in other scopes."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self.stores: list[Store] = []

    def bind(self) -> None:
        """Bind every name of the module."""
        tree = self._unit.tree
        self._implicit(tree.bindings, self._unit.scope)
        self._block(tree.body, self._unit.scope)
        self._lambdas(self._unit.scope)

    def _implicit(self, bindings: tuple[s.Binding, ...], scope: Scope) -> None:
        for binding in bindings:
            kind = Iterated if binding.iterated else Assigned
            self._target(binding.target, kind(binding.value), scope)

    def _block(self, statements: tuple[s.Statement, ...], scope: Scope) -> None:
        for statement in statements:
            self._statement(statement, scope)

    def _lambdas(self, scope: Scope) -> None:
        """Bind the lambdas of a scope as functions in it."""
        for expression in lambdas(scope.node.body) if scope.node.lambdas else ():
            self._inner(expression.function, scope)

    def _statement(self, statement: s.Statement, scope: Scope) -> None:
        match statement:
            case s.Assign():
                self._assign(statement, scope)
            case s.Augment(target=target, value=value):
                self._target(target, Assigned(value), scope)
            case s.Function() | s.Class():
                self._define(statement, scope)
            case s.Evaluate(value=s.Call() as call):
                if (store := mutation(call, scope)) is not None:
                    self.stores.append(store)
            case s.Import():
                self._import(statement, scope)
            case s.ImportFrom():
                self._import_from(statement, scope)
            case s.With(items=items, body=body):
                for item in items:
                    if item.target is not None:
                        self._target(item.target, Entered(item.context), scope)
                self._block(body, scope)
            case s.Loop(target=target, iterable=iterable, body=body):
                if target is not None:
                    self._target(target, Iterated(iterable), scope)
                self._block(body, scope)
            case s.Branch(arms=arms):
                for arm in arms:
                    self._block(arm, scope)
            case _:
                pass

    def _assign(self, statement: s.Assign, scope: Scope) -> None:
        for target in statement.targets:
            if statement.annotation is not None:
                self._target(target, Annotated(statement.annotation), scope)
            if statement.value is not None:
                self._target(target, Assigned(statement.value), scope)

    def _import(self, statement: s.Import, scope: Scope) -> None:
        for alias in statement.names:
            name = alias.alias or alias.name.partition(".")[0]
            self._add(scope, name, ImportedModule(alias.name if alias.alias else name))

    def _import_from(self, statement: s.ImportFrom, scope: Scope) -> None:
        module = self._unit.absolute(statement.module, statement.level)
        for alias in statement.names:
            if alias.name == "*":
                scope.stars.insert(0, module)
            else:
                self._add(scope, alias.alias or alias.name, ImportedName(module, alias.name))

    def _define(self, node: s.Function | s.Class, scope: Scope) -> None:
        inner = self._inner(node, scope)
        self._add(scope, node.name, Defined(inner))
        applications: list[s.Call] = []
        for count, decorator in enumerate(reversed(node.decorators)):
            hidden = f"<{node.name}:{node.line}:{count}>"
            self._add(scope, hidden, Decorated(inner, count))
            line = decorator.line if isinstance(decorator, s.Call | s.Attribute) else node.line
            applications.append(s.Call(decorator, (s.Name(hidden),), (), line, 0))
        inner.applications = tuple(applications)
        if isinstance(node, s.Class):
            self._decorate_methods(node, inner)

    def _decorate_methods(self, node: s.Class, scope: Scope) -> None:
        """Apply the class attributes with which Flask views and Flask-RESTful resources decorate all their methods."""
        for statement in node.body:
            match statement:
                case s.Assign(targets=(s.Name(id=name),), value=s.Sequence(elements=decorators)) if (
                    name == "method_decorators" or (name == "decorators" and _is_view(node))
                ):
                    for method in scope.children:
                        if method.short_name in _ANSWERING:
                            self._decorate(method, decorators, scope, statement.line)
                case _:
                    pass

    def _decorate(self, method: Scope, decorators: tuple[s.Expression, ...], scope: Scope, line: int) -> None:
        applications = list(method.applications)
        for count, decorator in enumerate(decorators, len(applications)):
            hidden = f"<{method.short_name}::{count}>"
            self._add(scope, hidden, Decorated(method, count))
            applications.append(s.Call(decorator, (s.Name(hidden),), (), line, 0))
        method.applications = tuple(applications)

    def _inner(self, node: s.Function | s.Class, scope: Scope) -> Scope:
        separator = ".<locals>." if scope.is_function else "."
        qualname = f"{scope.qualname}{separator}{node.name}" if scope.qualname else node.name
        inner = Scope(self._unit, qualname, node, scope)
        scope.children.append(inner)
        scope.by_node[node] = inner
        if isinstance(node, s.Function):
            for position, parameter in enumerate(node.parameters):
                self._add(inner, parameter.name, Argument(parameter, position))
        self._implicit(node.bindings, inner)
        self._block(node.body, inner)
        self._lambdas(inner)
        return inner

    def _target(self, target: s.Expression, binding: Assigned | Annotated | Iterated | Entered, scope: Scope) -> None:
        match target:
            case s.Name(id=name):
                self._add(scope, name, binding)
            case s.Attribute(value=s.Name(id=receiver), name=name):
                owner = receiver_class(scope, receiver)
                if owner is not None:
                    owner.attributes.setdefault(name, []).append((binding, scope))
                elif isinstance(binding, Assigned) and not binding.path:
                    self.stores.append(Store(target, binding.expression, scope))
            case s.Attribute() | s.Subscript() if isinstance(binding, Assigned) and not binding.path:
                self.stores.append(stored(target, binding.expression, scope))
            case s.Sequence(elements=elements) if not isinstance(binding, Annotated):
                for index, element in enumerate(elements):
                    inner = element.value if isinstance(element, s.Star) else element
                    self._target(inner, _element(binding, index), scope)
            case _:
                pass

    @staticmethod
    def _add(scope: Scope, name: str, binding: Binding) -> None:
        scope.bindings.setdefault(name, []).append(binding)


def _is_view(node: s.Class) -> bool:
    """Whether a base of the class has a name that ends like those of Flask's views."""
    return any((spelling.dotted(base) or "").rpartition(".")[2].endswith("View") for base in node.bases)


def _element(binding: Assigned | Iterated | Entered, index: int) -> Assigned | Iterated | Entered:
    path = (*binding.path, index)
    match binding:
        case Assigned():
            return Assigned(binding.expression, path)
        case Iterated():
            return Iterated(binding.iterable, path)
        case Entered():
            return Entered(binding.context, path)
