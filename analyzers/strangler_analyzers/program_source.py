"""Everything the facts of a program are found from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from strangler.project import Monolith
from strangler_analyzers.cache.results import key_of
from strangler_analyzers.source.discovery import Discovery
from strangler_analyzers.source.templates import Template


@dataclass(frozen=True, slots=True)
class ProgramSource:
    """Names and roles of the files, the texts of the templates, and what the user declares."""

    discovery: Discovery
    templates: tuple[Template, ...]
    monolith: Monolith

    def key(self, contents: Sequence[bytes | str]) -> bytes:
        """What the facts are known by when the source files have these contents, or digests of them."""
        texts = [template.text for template in self.templates]
        return key_of(self.outside_contents(), contents, texts)

    def outside_contents(self) -> bytes:
        """What all but the contents of files and templates is known by."""
        found = self.discovery
        files = [(source.module, source.file, source.is_package, source.role) for source in found.files]
        declared = (self.monolith.framework, self.monolith.settings, self.monolith.urlconf)
        templates = [(template.name, template.file) for template in self.templates]
        return key_of(found.name, found.skipped, declared, files, templates)
