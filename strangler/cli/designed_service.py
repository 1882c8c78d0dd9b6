"""What a service's design document says of its tables, for commands that do not read documents themselves."""

from __future__ import annotations

from collections.abc import Sequence

from strangler.cli.console import Console
from strangler.cli.design_documents import FOLDER, document_path
from strangler.cli.source_folder import shown
from strangler.contracts.designed_tables import designed_tables
from strangler.contracts.library_reader import file_text, read_library
from strangler.model.designed_table import Design
from strangler.model.tables import Table
from strangler.project import Project


def design_of(project: Project, service: str, owned: Sequence[Table], console: Console) -> Design | None:
    """What the document says of the `owned` tables; None, with a message, if there is no document yet.

    ConfigurationError if it cannot be read. The documents of other services are not read.
    """
    declared = project.service(service)
    if declared.design is None:
        usual = shown(project.folder / FOLDER / f"{service}.json5")
        if usual.exists():
            written = f'design = "{FOLDER}/{service}.json5"'
            console.note(f"{usual} is not asked, as [services.{service}] does not name it: {written}")
        return None
    path = document_path(project, declared)
    if not path.exists():
        console.note(f"{path} is not there yet: names and keys are a proposal")
        return None
    return designed_tables(read_library({service: path}, (), file_text).document(service), owned)
