"""Which operation waits for which, over all documents: how deep, in which circles, for how long."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from strangler.contracts.document import HEALTH_PATH, Document, Operation, Used
from strangler.model.strong_components import strong_components
from strangler.model.template import anonymous


@dataclass(frozen=True, slots=True, order=True)
class Request:
    """An operation of whatever document, by the namespace and by its name: ``GET /products/{id}``."""

    namespace: str
    name: str


@dataclass(frozen=True)
class CallGraph:
    """The operations of all documents with what each waits for.

    An operation that says nothing of its `calls` may make any of those its document uses; the health check, which says
    nothing, makes none. What no document has is a request that waits for nothing.
    """

    operations: Mapping[Request, Operation]
    callees: Mapping[Request, tuple[Request, ...]]

    @classmethod
    def of(cls, documents: Iterable[Document]) -> CallGraph:
        """That of some documents."""
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
        """The operations that wait for each other, and so for themselves; each is in at most one circle."""
        return tuple(sorted(part for part in self._components if self._is_circle(part)))

    @cached_property
    def ways(self) -> tuple[tuple[Request, ...], ...]:
        """The ways around in the circles, each once: of each document a shortest one from its first operation in it."""
        found: dict[tuple[Request, ...], None] = {}
        for circle in self.circles:
            for first in first_of_each(circle):
                way = self.circle(first)
                begin = way.index(min(way))
                found[way[begin:] + way[:begin]] = None
        return tuple(found)

    def depth(self, request: Request) -> int | None:
        """How many calls stand behind each other at most; None where they lead into a circle."""
        return self._depths[request]

    def chain(self, request: Request) -> tuple[Request, ...]:
        """A deepest chain of calls, of several that with the latest answers; empty where calls lead into a circle."""
        if self._depths[request] is None:
            return ()
        found = [request]
        while below := self.callees[found[-1]]:
            found.append(max(below, key=lambda item: (self._depths[item] or 0, self.promise(item))))
        return tuple(found)

    def deepest(self, namespace: str) -> tuple[Request, ...]:
        """The deepest chain of calls of all operations of a document; empty without any, and for calls in a circle."""
        own = [item for item in self.operations if item.namespace == namespace]
        if any(self._depths[item] is None for item in own):
            return ()
        most = max(own, key=lambda item: (self._depths[item] or 0, self.wait(item)), default=None)
        return () if most is None else self.chain(most)

    def circle(self, request: Request) -> tuple[Request, ...]:
        """A shortest way from a request back to it, which it begins with; empty where there is none."""
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
        """The milliseconds that an operation's calls may take at least, if each takes what it promises.

        One after the other they are summed. Of calls at the same time, and of those that are possible only, as the
        operation does not say which it makes, the latest counts. What leads back in a circle
        counts its target where it is called for certain, and else nothing.
        """
        return self._waits[request]

    def promise(self, request: Request) -> float:
        """The target of an operation, which all it waits for is within; without one, what it waits for."""
        return self._promise(request, self._waits)

    @cached_property
    def _components(self) -> Sequence[tuple[Request, ...]]:
        """Each after those it leads to."""
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
    """What an operation of a document says it calls; where it does not say, all that it may call."""
    if operation.calls is not None:
        return operation.calls
    return () if operation.path == HEALTH_PATH else document.calls


def _way(came: Mapping[Request, Request], first: Request, last: Request) -> tuple[Request, ...]:
    found = [last]
    while found[-1] != first:
        found.append(came[found[-1]])
    return tuple(reversed(found))
