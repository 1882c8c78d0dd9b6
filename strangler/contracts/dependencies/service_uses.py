"""Which service uses which operations and events of which other service, over all documents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from strangler.contracts.document import Document, Used
from strangler.contracts.library import Library
from strangler.model.template import anonymous


class UseKind(StrEnum):
    """How a service uses another: it calls it and waits for the answer, or it follows its events."""

    CALLS = "calls"
    FOLLOWS = "follows"


@dataclass(frozen=True, slots=True)
class Party:
    """A service; `file` is None for one that is used but has no document, whose name is then its namespace."""

    name: str
    namespace: str
    file: str | None = None


@dataclass(frozen=True, slots=True)
class ServiceUse:
    """What one service uses of another in one way: the names of operations, or of unions of events.

    `absent` are those names that the other service's document does not have.
    """

    user: Party
    used: Party
    kind: UseKind
    names: tuple[str, ...]
    absent: tuple[str, ...] = ()


@dataclass(frozen=True)
class ServiceUses:
    """All services by namespace, and all uses, ordered by user and kind.

    A document that only declares types for others is not a party.
    """

    parties: Mapping[str, Party]
    uses: tuple[ServiceUse, ...]

    @classmethod
    def of(cls, library: Library) -> ServiceUses:
        """Collect the uses declared in the documents of a library."""
        services = {file: name for name, file in sorted(library.services.items(), reverse=True)}
        documents = {item.namespace: item for item in library}
        known = {
            item.namespace: Party(services.get(item.file, item.name), item.namespace, item.file)
            for item in documents.values()
        }
        uses = tuple(
            ServiceUse(
                known[item.namespace],
                known.get(name, Party(name, name)),
                kind,
                names,
                _absent(names, kind, documents.get(name)),
            )
            for item in sorted(documents.values(), key=lambda item: known[item.namespace].name)
            for kind, several in ((UseKind.CALLS, item.calls), (UseKind.FOLLOWS, item.follows))
            for name, names in _by_namespace(several, documents)
        )
        used = {party.namespace: party for use in uses for party in (use.user, use.used)}
        own = {party.namespace: party for party in known.values() if party.file in services}
        parties = sorted((own | used).values(), key=lambda party: party.name)
        return cls({party.namespace: party for party in parties}, uses)

    def of_user(self, party: Party) -> Sequence[ServiceUse]:
        """What a service uses."""
        return self._of_users.get(party.namespace, ())

    def of_used(self, party: Party) -> Sequence[ServiceUse]:
        """What others use of a service."""
        return self._of_used.get(party.namespace, ())

    def around(self, party: Party, *, reverse: bool) -> tuple[ServiceUse, ...]:
        """What a service depends on, directly and through the services it calls; with `reverse`, who depends on it.

        Nobody waits for the publisher of an event, so what lies behind followed events is left out.
        """
        found: dict[ServiceUse, None] = {}
        waiting = [party]
        for one in waiting:
            for use in self.of_used(one) if reverse else self.of_user(one):
                if use not in found:
                    found[use] = None
                    if use.kind is UseKind.CALLS:
                        waiting.append(use.user if reverse else use.used)
        return tuple(found)

    @cached_property
    def _of_users(self) -> Mapping[str, Sequence[ServiceUse]]:
        found: defaultdict[str, list[ServiceUse]] = defaultdict(list)
        for use in self.uses:
            found[use.user.namespace].append(use)
        return found

    @cached_property
    def _of_used(self) -> Mapping[str, Sequence[ServiceUse]]:
        found: defaultdict[str, list[ServiceUse]] = defaultdict(list)
        for use in self.uses:
            found[use.used.namespace].append(use)
        return found


def parties_of(uses: Iterable[ServiceUse], first: Iterable[Party] = ()) -> tuple[Party, ...]:
    """Every party of some uses once, after those given as `first`."""
    return tuple(dict.fromkeys((*first, *(party for use in uses for party in (use.user, use.used)))))


def _absent(names: Sequence[str], kind: UseKind, other: Document | None) -> tuple[str, ...]:
    """The names that the other service's document does not have; none if it has no document."""
    if other is None:
        return ()
    operations = {item.name for item in other.operations}
    there = operations if kind is UseKind.CALLS else {item.type.short for item in other.events}
    return tuple(name for name in names if name not in there)


def _by_namespace(used: Sequence[Used], documents: Mapping[str, Document]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The used names by namespace; operations are named as in the other document, if that has them."""
    for namespace in dict.fromkeys(item.namespace for item in used):
        other = documents.get(namespace)
        names = {item.request: item.name for item in other.operations} if other else {}
        yield (
            namespace,
            tuple(names.get(anonymous(item.name), item.name) for item in used if item.namespace == namespace),
        )
