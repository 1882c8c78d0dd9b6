"""Abstract methods, and the overrides that subclasses define for them."""

from __future__ import annotations

from collections.abc import Sequence

from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Defined, Scope
from strangler_analyzers.source import syntax as s

MAX_OVERRIDES = 8
"""A method with more overrides than this is left unresolved, since it may be any of them."""


def is_abstract(scope: Scope) -> bool:
    """Whether a method is marked with ``@abstractmethod``, or does nothing but raise NotImplementedError."""
    node = scope.node
    if not isinstance(node, s.Function) or scope.owner is None:
        return False
    return "abstractmethod" in scope.decorator_names() or _only_raises(node)


def _only_raises(node: s.Function) -> bool:
    """Whether the body is a lone ``raise NotImplementedError(...)``, perhaps after a string such as the docstring.

    The tree keeps a ``raise`` as the expression it raises.
    """
    if len(node.body) > 2:
        return False
    said = [line.value for line in node.body if isinstance(line, s.Evaluate) and not isinstance(line.value, s.Constant)]
    if len(said) != 1:
        return False
    raised = said[0].function if isinstance(said[0], s.Call) else said[0]
    return isinstance(raised, s.Name) and raised.id == "NotImplementedError"


def overriding(resolver: Resolver, receiver: Scope, name: str) -> Sequence[Scope]:
    """The overrides of a name in the subclasses of `receiver`; empty if there are more than `MAX_OVERRIDES`."""
    found = [
        binding.scope
        for child in resolver.subclasses(receiver)
        for binding in child.bindings.get(name, ())
        if isinstance(binding, Defined) and binding.scope.is_function
    ]
    return found if len(found) <= MAX_OVERRIDES else ()
