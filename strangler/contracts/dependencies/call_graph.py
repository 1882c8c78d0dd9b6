"""Which operations wait for which others, over all documents: the depth, the circles and the latency of calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from strangler.contracts.document import HEALTH_PATH, Document, Operation, Used
from strangler.model.strong_components import strong_components
from strangler.model.template import anonymous


@dataclass(frozen=True, slots=True, order=True)
class Request:
    """An operation of any document, by its namespace and its name: ``GET /products/{id}``."""

    namespace: str
    name: str


@dataclass(frozen=True)
class CallGraph:
    """The operations of all documents, and what each of them waits for.

    An operation that does not declare its `calls` may make any call that its document uses, except for the health
    check, which then makes none. A request to an operation that no document has waits for nothing.
    """

    operations: Mapping[Request, Operation]
    callees: Mapping[Request, tuple[Request, ...]]

    @classmethod
    def of(cls, documents: Iterable[Document]) -> CallGraph:
        """Build the graph of some documents."""
        documents = tuple(documents)
        names = {(item.namespace, one.request): one.name for item in documents for one in item.operations}

        def request(used: Used) -> Request:
            return Request(used.namespace, names.get((used.namespace, anonymous(used.name)), used.name))

        operations = {Request(item.namespace, one.name): one for item in documents for one in item.operations}
        callees = {
            Request(item.namespace, one.name): tuple(sorted({request(used) for used in possible_calls(one, item)}))
            for item in documents
            for one in item.operations
        }
        unknown = {found for several in callees.values() for found in several if found not in callees}
        return cls(operations, callees | dict.fromkeys(sorted(unknown), ()))

    @cached_property
    def circles(self) -> tuple[tuple[Request, ...], ...]:
        """The sets of operations that wait for each other, and so for themselves; each operation is in at most one."""
        return tuple(sorted(part for part in self._components if self._is_circle(part)))

    @cached_property
    def ways(self) -> tuple[tuple[Request, ...], ...]:
        """The cycles in the circles, each once: a shortest one for each document, from its first operation in it."""
        found: dict[tuple[Request, ...], None] = {}
        for circle in self.circles:
            for first in first_of_each(circle):
                way = self.circle(first)
                begin = way.index(min(way))
                found[way[begin:] + way[:begin]] = None
        return tuple(found)

    def depth(self, request: Request) -> int | None:
        """The length of the longest chain of calls behind a request; None if the calls lead into a circle."""
        return self._depths[request]

    def chain(self, request: Request) -> tuple[Request, ...]:
        """A longest chain of calls, of several the one with the slowest answers; empty if calls lead into a circle."""
        if self._depths[request] is None:
            return ()
        found = [request]
        while below := self.callees[found[-1]]:
            found.append(max(below, key=lambda item: (self._depths[item] or 0, self.promise(item))))
        return tuple(found)

    def deepest(self, namespace: str) -> tuple[Request, ...]:
        """The longest chain of calls of a document's operations; empty if there is none or calls lead into a circle."""
        own = [item for item in self.operations if item.namespace == namespace]
        if any(self._depths[item] is None for item in own):
            return ()
        most = max(own, key=lambda item: (self._depths[item] or 0, self.wait(item)), default=None)
        return () if most is None else self.chain(most)

    def circle(self, request: Request) -> tuple[Request, ...]:
        """A shortest cycle that begins with a request and leads back to it; empty if there is none."""
        came: dict[Request, Request] = {}
        waiting = [request]
        for item in waiting:
            for below in self.callees[item]:
                if below == request:
                    return _way(came, request, item)
                if below not in came:
                    came[below] = item
                    waiting.append(below)
        return ()

    def wait(self, request: Request) -> float:
        """The least time that an operation's calls may take, in milliseconds, if each takes as long as its target.

        Sequential calls are summed. For concurrent calls, and for calls that are only possible because the operation
        does not declare which it makes, the slowest counts. A call that leads back in a circle counts with its target
        if it is certainly made, and with nothing otherwise.
        """
        return self._waits[request]

    def promise(self, request: Request) -> float:
        """The latency target of an operation, which includes all its calls; without a target, the time of the calls."""
        return self._promise(request, self._waits)

    @cached_property
    def _components(self) -> Sequence[tuple[Request, ...]]:
        """The strongly connected components, each after those it leads to."""
        names = sorted(self.callees)
        numbers = {name: number for number, name in enumerate(names)}
        successors = [[numbers[item] for item in self.callees[name]] for name in names]
        return [tuple(names[number] for number in part) for part in strong_components(successors)]

    def _is_circle(self, part: tuple[Request, ...]) -> bool:
        return len(part) > 1 or any(item in self.callees[item] for item in part)

    @cached_property
    def _depths(self) -> Mapping[Request, int | None]:
        found: dict[Request, int | None] = {}
        for part in self._components:
            below = [found.get(item) for request in part for item in self.callees[request]]
            endless = self._is_circle(part) or None in below
            depth = None if endless else max((1 + (item or 0) for item in below), default=0)
            found |= dict.fromkeys(part, depth)
        return found

    @cached_property
    def _waits(self) -> Mapping[Request, float]:
        found: dict[Request, float] = {}
        for part in self._components:
            for request in part:
                operation = self.operations.get(request)
                is_certain = operation is not None and operation.calls is not None
                counted = [
                    item
                    for item in self.callees[request]
                    if item not in part or (is_certain and item != request and self._has_target(item))
                ]
                times = [self._promise(item, found) for item in counted]
                in_turn = is_certain and operation is not None and not operation.concurrent
                found[request] = sum(times) if in_turn else max(times, default=0)
        return found

    def _has_target(self, request: Request) -> bool:
        operation = self.operations.get(request)
        return operation is not None and operation.p99 is not None

    def _promise(self, request: Request, waits: Mapping[Request, float]) -> float:
        operation = self.operations.get(request)
        return waits[request] if operation is None or operation.p99 is None else operation.p99


def first_of_each(circle: Sequence[Request]) -> Sequence[Request]:
    """The first operation of each document in a circle."""
    return list({item.namespace: item for item in reversed(circle)}.values())


def possible_calls(operation: Operation, document: Document) -> tuple[Used, ...]:
    """The calls that an operation declares; if it declares none, all that its document allows it."""
    if operation.calls is not None:
        return operation.calls
    return () if operation.path == HEALTH_PATH else document.calls


def _way(came: Mapping[Request, Request], first: Request, last: Request) -> tuple[Request, ...]:
    found = [last]
    while found[-1] != first:
        found.append(came[found[-1]])
    return tuple(reversed(found))
