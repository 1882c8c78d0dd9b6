"""Design documents with all their imports, in which every type that a document names can be looked up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from strangler.contracts.document import Declaration, Document, Enumeration, Model, Union
from strangler.contracts.type_reference import NamedType, Type


@dataclass(frozen=True)
class Library:
    """Documents by file; `services` maps each service to the file of its document."""

    documents: Mapping[str, Document]
    services: Mapping[str, str]

    @cached_property
    def declarations(self) -> Mapping[str, Declaration]:
        """Every declared type of all documents, by full name."""
        return {name: item for document in self.documents.values() for name, item in document.declarations}

    @cached_property
    def owners(self) -> Mapping[str, Document]:
        """The document that declares a type, by the type's full name."""
        return {name: document for document in self.documents.values() for name, _ in document.declarations}

    def __iter__(self) -> Iterator[Document]:
        return iter(self.documents.values())

    def document(self, service: str) -> Document:
        """The document of a service."""
        return self.documents[self.services[service]]

    def model(self, type_: Type) -> Model | None:
        """The model that a type names; None if it names something else."""
        found = self._declared(type_)
        return found if isinstance(found, Model) else None

    def union(self, type_: Type) -> Union | None:
        """The union that a type names; None if it names something else."""
        found = self._declared(type_)
        return found if isinstance(found, Union) else None

    def enumeration(self, type_: Type) -> Enumeration | None:
        """The enum that a type names; None if it names something else."""
        found = self._declared(type_)
        return found if isinstance(found, Enumeration) else None

    def _declared(self, type_: Type) -> Declaration | None:
        return self.declarations.get(type_.name) if isinstance(type_, NamedType) else None
