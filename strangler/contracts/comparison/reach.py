"""The services that a change of a document affects: those whose own documents use what has changed."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from strangler.contracts.comparison.change import Change
from strangler.contracts.comparison.document_comparison import compare
from strangler.contracts.document import Document
from strangler.contracts.library import Library
from strangler.contracts.type_reference import NamedType
from strangler.contracts.use import Direction, reachable, roots
from strangler.model.template import anonymous


@dataclass(frozen=True, slots=True)
class Versions:
    """Two versions of a document, each with the library of everything it imports."""

    old: Document
    old_library: Library
    new: Document
    new_library: Library

    def changes(self) -> tuple[Change, ...]:
        """The differences between the versions, breaking ones first."""
        return compare(self.old, self.old_library, self.new, self.new_library)

    def operations(self, requests: AbstractSet[str]) -> Versions:
        """These versions reduced to some operations, and to the parameters that every request may carry."""
        old, new = (
            replace(
                _bare(document),
                headers=document.headers,
                resources=tuple(
                    replace(item, operations=tuple(one for one in item.operations if one.request in requests))
                    for item in document.resources
                ),
            )
            for document in (self.old, self.new)
        )
        return replace(self, old=old, new=new)

    def events(self, unions: AbstractSet[str]) -> Versions:
        """These versions reduced to the streams of some unions, given by their names in the old version."""
        before = tuple(item for item in self.old.events if item.type.short in unions)
        names = {item.name for item in before}
        after = tuple(item for item in self.new.events if item.name in names)
        return replace(self, old=replace(_bare(self.old), events=before), new=replace(_bare(self.new), events=after))

    def types(self, names: AbstractSet[str]) -> Versions:
        """These versions reduced to some declared types, given by their full names."""
        old, new = (_declaring(document, names) for document in (self.old, self.new))
        return replace(self, old=old, new=new)


@dataclass(frozen=True, slots=True)
class Reach:
    """A change, and the services that use what it changes; None if no other documents were examined."""

    change: Change
    users: tuple[str, ...] | None


def reaches(versions: Versions, company: Library | None) -> tuple[Reach, ...]:
    """Every change of a document, with the names of the company's services that it affects.

    A service is affected if it uses the operation or the events, or if its document imports the type.
    The part that a service uses is compared on its own, which yields exactly the changes of that part.
    """
    changes = versions.changes()
    if company is None:
        return tuple(Reach(change, None) for change in changes)
    own = {versions.old.namespace, versions.new.namespace}
    others = {name: company.document(name) for name in sorted(company.services)}
    seen = {
        name: {change for part in _used(document, versions, company) for change in part.changes()}
        for name, document in others.items()
        if document.namespace not in own
    }
    return tuple(Reach(change, tuple(name for name, found in seen.items() if change in found)) for change in changes)


def _used(document: Document, versions: Versions, company: Library) -> Iterator[Versions]:
    """The parts of the versions that one document uses."""
    namespace = versions.old.namespace
    yield versions.events({item.name for item in document.follows if item.namespace == namespace})
    if requests := {anonymous(item.name) for item in document.calls if item.namespace == namespace}:
        yield versions.operations(requests)
    declared = [NamedType(name) for name, _ in document.declarations]
    named = reachable((*declared, *(item for way in Direction for item in roots(document, way))), company)
    yield versions.types({name for name in named if name.startswith(f"{namespace}.")})


def _bare(document: Document) -> Document:
    """The document without any content; its types can still be looked up in its library."""
    return replace(document, headers=(), enums=(), models=(), unions=(), resources=(), events=())


def _declaring(document: Document, names: AbstractSet[str]) -> Document:
    kept = {item.name for name, item in document.declarations if name in names}
    return replace(
        _bare(document),
        enums=tuple(item for item in document.enums if item.name in kept),
        models=tuple(item for item in document.models if item.name in kept),
        unions=tuple(item for item in document.unions if item.name in kept),
    )
