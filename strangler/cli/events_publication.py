"""Assembles the publication of a service's events from its journals, its design document and its streams."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from strangler.cli.design_documents import project_library
from strangler.cli.migrations import migration_of
from strangler.cli.project_edits import Meaning, mapping_meaning
from strangler.contracts.library_reader import file_text
from strangler.contracts.publishing.row_rendering import DocumentRenderer, document_renderer
from strangler.contracts.verification.evidence import document_fingerprint
from strangler.model.authority import Side
from strangler.model.errors import StranglerError
from strangler.planner.event_streams import streams_of
from strangler.project import Project
from strangler_etl.mapping.selects import mapping_digest
from strangler_etl.migration import Migration, require_installed
from strangler_etl.records.authority import read_authority
from strangler_etl.records.publications import note_published_by
from strangler_etl.streams.publication import Publication
from strangler_etl.streams.transport import Outlet


@contextmanager
def publication_of(project: Project, service: str, *, lasting: bool) -> Generator[Publication]:
    """The publication of a service's changes; a `lasting` one records, for observers, what it is based on."""
    with opened_publication(project, service) as (migration, publication, _):
        digest = _digest(project, migration) if lasting else None
        note_published_by(migration.target, service, digest)
        yield publication


@contextmanager
def opened_publication(project: Project, service: str) -> Generator[tuple[Migration, Publication, Outlet]]:
    """The publication together with the databases and streams that it uses."""
    with migration_of(project, service) as migration:
        require_installed(migration)
        migration.target.install()
        with streams_of(migration, os.environ) as outlet:
            yield migration, Publication(migration, _renderer(project, migration), outlet), outlet


def publication_meaning(project: Project, service: str) -> Meaning:
    """The sources of a service's events: its mapping, its document with what that needs of others, and the server.

    ConfigurationError if the document is invalid, UsageError for an unknown service.
    """
    mapping, declared = mapping_meaning(project, service), project.service(service)
    read: list[Path] = []

    def noted(path: Path) -> str:
        read.append(path)
        return file_text(path)

    library = project_library(project, [service], noted)
    fingerprint = document_fingerprint(library.document(service), library)
    says = mapping.says, fingerprint, declared.events, declared.event_server
    return Meaning(says, (*mapping.files, *dict.fromkeys(read)))


def publication_digest(project: Project, migration: Migration) -> str | None:
    """A digest of these sources, which a publisher leaves behind; None if a publisher could not begin."""
    try:
        return _digest(project, migration)
    except StranglerError:
        return None


def _digest(project: Project, migration: Migration) -> str:
    service = migration.service
    library = project_library(project, [service.name])
    terms = service.events.environment, service.events.personal_data, sorted(service.events.models.items())
    server = service.event_server and service.event_server.text
    rows = mapping_digest(migration.source, migration.target, migration.mapping)
    whole = (rows, document_fingerprint(library.document(service.name), library), terms, server)
    return sha256(repr(whole).encode()).hexdigest()[:16]


def _renderer(project: Project, migration: Migration) -> DocumentRenderer:
    """The renderer of rows according to the service's design document.

    Before the cut-over, a row has the columns that the mapping gives; afterwards, all columns of its table.
    """
    service = migration.service
    library = project_library(project, [service.name])
    is_own = read_authority(migration.source, service.name).side is Side.V2
    tables = {
        table.target.name: frozenset(table.target.columns if is_own else (one.target for one in table.columns))
        for table in migration.mapping.owned
    }
    return document_renderer(service.name, library.document(service.name), library, service.events, tables)
