"""The design documents of a project."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from strangler.cli.source_folder import shown
from strangler.contracts.library import Library
from strangler.contracts.library_reader import ReadText, file_text, read_library
from strangler.model.errors import ConfigurationError
from strangler.project import Project, Service

FOLDER = "design"
"""The folder of documents, beside the project file."""


def project_library(project: Project, needed: Sequence[str] = (), read: ReadText = file_text) -> Library:
    """The documents of all services that name one, and what they import; `read` gives their texts.

    ConfigurationError if one of the `needed` services names no document, no service does, or a document is invalid;
    UsageError if there is no such service.
    """
    for name in needed:
        document_path(project, project.service(name))
    paths = {item.name: document_path(project, item) for item in project.services.values() if item.design}
    if not paths:
        raise ConfigurationError(
            "no service names a design document",
            where=str(shown(project.path)),
            remedy=f'write design = "{FOLDER}/NAME.json5" in [services.NAME]; strangler design extract NAME drafts one',
        )
    return read_library(paths, (), read)


def document_path(project: Project, service: Service) -> Path:
    """The path of a service's document, as a user would write it; ConfigurationError if the service names none."""
    if service.design is None:
        raise ConfigurationError(
            f"[services.{service.name}] names no design document",
            where=str(shown(project.path)),
            remedy=f'write design = "{FOLDER}/{service.name}.json5"',
        )
    return shown(project.folder / service.design)
