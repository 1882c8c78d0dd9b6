"""All inputs from which the facts of a program are derived."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from strangler.project import Monolith
from strangler_analyzers.cache.results import key_of
from strangler_analyzers.source.discovery import Discovery
from strangler_analyzers.source.documents import Document
from strangler_analyzers.source.templates import Template


@dataclass(frozen=True, slots=True)
class ProgramSource:
    """Names and roles of the files, the texts of templates and OpenAPI documents, and what the user declares."""

    discovery: Discovery
    templates: tuple[Template, ...]
    monolith: Monolith
    documents: tuple[Document, ...] = ()

    def key(self, contents: Sequence[bytes | str]) -> bytes:
        """The key of the facts for these contents of the source files, or their digests."""
        texts = [template.text for template in self.templates]
        return key_of(self.outside_contents(), contents, texts)

    def outside_contents(self) -> bytes:
        """The key of all inputs except the contents of files and templates."""
        found = self.discovery
        files = [(source.module, source.file, source.is_package, source.role) for source in found.files]
        declared = (self.monolith.framework, self.monolith.settings, self.monolith.urlconf)
        templates = [(template.name, template.file) for template in self.templates]
        documents = [(document.file, document.text) for document in self.documents]
        return key_of(found.name, found.skipped, declared, files, templates, documents)
