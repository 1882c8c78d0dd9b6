"""What commands that move data or authority share: the project, its service and its databases."""

from __future__ import annotations

import getpass
import os
import socket
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from strangler.planner.audit_log import FILE_NAME, AuditLog
from strangler.project import Project
from strangler.store import ArtefactStore
from strangler_etl.migration import Migration, Missing, open_migration


@contextmanager
def migration_of(project: Project, service: str, missing: Missing = Missing.REFUSE) -> Generator[Migration]:
    """Connect to both databases of a service, at the addresses from the environment."""
    with open_migration(project, service, os.environ, missing) as migration:
        yield migration


def audit_log_of(project: Project) -> AuditLog:
    """The project's audit log, written by this user on this machine."""
    return audit_log_beside(project.folder)


def audit_log_beside(folder: Path) -> AuditLog:
    """The audit log of the project file in a folder, written by this user on this machine."""
    store = ArtefactStore.beside(folder)
    return AuditLog(store.folder / FILE_NAME, f"{getpass.getuser()}@{socket.gethostname()}", time.time)
