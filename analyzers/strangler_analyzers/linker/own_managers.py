"""Context managers that the program writes as generators, and whether their bodies run in a transaction.

``with self.unit_of_work(begin=True) as session`` opens a transaction if the function yields inside a ``with`` that
opens one, directly or through another such function, and not in an arm that the literals of the call rule out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from strangler_analyzers.linker.call_links import CallLinks
from strangler_analyzers.linker.decisions import Flags, leaves, only_arm
from strangler_analyzers.linker.flags import Passed
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Defined, Scope
from strangler_analyzers.linker.values import Frame, Values
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.traversal import expressions, nodes

_GENERATORS = frozenset({"contextmanager", "asynccontextmanager"})
_MAX_DEPTH = 4
"""The deepest nesting of managers that is followed."""


class OwnManagers:
    """Examines the managers of one program; `opens` tells whether entering library values opens a transaction."""

    def __init__(self, resolver: Resolver, links: CallLinks, opens: Callable[[Values], bool]) -> None:
        self._resolver = resolver
        self._links = links
        self._opens = opens
        self._passed = Passed(resolver)

    def open_transaction(self, context: s.Expression, frame: Frame, flags: Flags, depth: int = 0) -> bool:
        """Whether a call returns a manager of the program whose body runs in a transaction."""
        if not isinstance(context, s.Call) or depth > _MAX_DEPTH:
            return False
        for callee in self._resolver.evaluate(context.function, frame):
            for target in self._links.targets(callee, context, frame):
                for scope in self._managers(target.scope):
                    node = scope.node
                    passed = self._passed.flags(scope, context, frame.scope, flags, bound=target.bound)
                    inner = self._resolver.frame(scope, target.receiver)
                    if isinstance(node, s.Function) and self._yields_inside(
                        node.body, inner, passed, depth, open_=False
                    ):
                        return True
        return False

    def _managers(self, scope: Scope) -> Iterator[Scope]:
        """A generator function, or the overrides of an abstract method."""
        names = frozenset(scope.decorator_names())
        if _GENERATORS & names:
            yield scope
        if "abstractmethod" in names and scope.owner is not None:
            for child in self._resolver.subclasses(scope.owner):
                yield from (
                    binding.scope
                    for binding in child.bindings.get(scope.short_name, ())
                    if isinstance(binding, Defined) and not _GENERATORS.isdisjoint(binding.scope.decorator_names())
                )

    def _yields_inside(
        self, body: Iterable[s.Statement], frame: Frame, flags: Flags, depth: int, *, open_: bool
    ) -> bool:
        for statement in body:
            blocks: list[tuple[tuple[s.Statement, ...], bool]] = []
            match statement:
                case s.With(items=items, body=inner):
                    blocks = [(inner, open_ or any(self._enters(item, frame, flags, depth) for item in items))]
                case s.Branch(arms=arms):
                    only = only_arm(statement, flags)
                    blocks = [(arm, open_) for arm in (arms if only is None else arms[only : only + 1])]
                case s.Loop(body=inner):
                    blocks = [(inner, open_)]
                case _:
                    if open_ and any(isinstance(node, s.Yield) for node in nodes(expressions(statement))):
                        return True
            if any(self._yields_inside(block, frame, flags, depth, open_=inside) for block, inside in blocks):
                return True
            if isinstance(statement, s.Branch) and leaves(statement, flags):
                break
        return False

    def _enters(self, item: s.WithItem, frame: Frame, flags: Flags, depth: int) -> bool:
        values = self._resolver.evaluate(item.context, frame)
        return self._opens(values) or self.open_transaction(item.context, frame, flags, depth + 1)
