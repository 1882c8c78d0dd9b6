"""What publishes the events of a service: its journals, its design document, its streams."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager

from strangler.cli.design_documents import project_library
from strangler.cli.migrations import migration_of
from strangler.contracts.publishing.row_rendering import DocumentRenderer, document_renderer
from strangler.model.authority import Side
from strangler.planner.event_streams import streams_of
from strangler.project import Project
from strangler_etl.migration import Migration, require_installed
from strangler_etl.records.authority import read_authority
from strangler_etl.streams.publication import Publication
from strangler_etl.streams.transport import Outlet


@contextmanager
def publication_of(project: Project, service: str) -> Generator[Publication]:
    """What publishes the changes of a service."""
    with opened_publication(project, service) as (_, publication, _):
        yield publication


@contextmanager
def opened_publication(project: Project, service: str) -> Generator[tuple[Migration, Publication, Outlet]]:
    """The same with the databases and the streams it uses."""
    with migration_of(project, service) as migration:
        require_installed(migration)
        migration.target.install()
        with streams_of(migration, os.environ) as outlet:
            yield migration, Publication(migration, _renderer(project, migration), outlet), outlet


def _renderer(project: Project, migration: Migration) -> DocumentRenderer:
    """Renders the rows by the service's design document.

    Before the cut-over a row has what the mapping gives, afterwards all columns of its table.
    """
    service = migration.service
    library = project_library(project, [service.name])
    is_own = read_authority(migration.source, service.name).side is Side.V2
    tables = {
        table.target.name: frozenset(table.target.columns if is_own else (one.target for one in table.columns))
        for table in migration.mapping.owned
    }
    return document_renderer(service.name, library.document(service.name), library, service.events, tables)
