"""Edits of the project file, and of the files it names, while a long-running command uses it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from strangler.model.errors import StranglerError
from strangler.project import Project
from strangler.project_reader import load_project
from strangler_gateway.process.project_watch import POLL_SECONDS, stamp_of

_RETRY_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Meaning:
    """Everything in a project that a command depends on, for comparison, and the files it was read from."""

    says: object
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class EditCallbacks:
    """What to call when an edit cannot be read, takes effect, or does not work yet."""

    unreadable: Callable[[StranglerError], None]
    effective: Callable[[], None]
    trouble: Callable[[StranglerError], None]


class ProjectEdits:
    """Gives a command the current project, and tells when an edit changes what the command depends on.

    An edit that cannot be read changes nothing. Raises the errors of reading the project, and of its `meaning`.
    """

    def __init__(
        self,
        config: Path,
        meaning: Callable[[Project], Meaning],
        callbacks: EditCallbacks,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.project = load_project(config)
        self._config = config
        self._meaning_of = meaning
        self._callbacks = callbacks
        self._now = now
        self._meaning = meaning(self.project)
        self._seen: Mapping[Path, object] = {}
        self._looked_at = now()
        self._next: tuple[Project, Meaning] | None = None
        self._works = True

    def changed(self) -> bool:
        """Whether an edit must take effect; the files are checked at most once a second."""
        if self._next is None and self._now() >= self._looked_at + POLL_SECONDS:
            self._looked_at = self._now()
            self._look()
        return self._next is not None

    def prove(self) -> None:
        """Record that the project works, so that later errors are not blamed on the last edit."""
        self._works = True

    def do(self, work: Callable[[Project], None], stop: Event) -> None:
        """Do `work` until `stop` is set, again whenever it returns because the project has `changed`.

        An error at the first start is raised. After an edit it is reported and retried, until the work is proved.
        """
        while True:
            try:
                work(self.project)
            except StranglerError as error:
                if self._works:
                    raise
                self._callbacks.trouble(error)
                stop.wait(_RETRY_SECONDS)
            if stop.is_set():
                return
            if self.changed() and self._next is not None:
                (self.project, self._meaning), self._next = self._next, None
                self._works = False
                self._callbacks.effective()

    def _look(self) -> None:
        files = self._meaning.files
        stamps = {path: stamp_of(path) for path in files}
        if stamps == self._seen:
            return
        self._seen = stamps
        try:
            project = load_project(self._config)
            meaning = self._meaning_of(project)
        except StranglerError as error:
            self._callbacks.unreadable(error)
            return
        # A file that was read for the first time is read again: it may have changed before its stamp was taken.
        self._seen = {path: stamps.get(path) for path in meaning.files}
        if meaning.says == self._meaning.says:
            self._meaning = meaning
        else:
            self._next = project, meaning


def mapping_meaning(project: Project, service: str) -> Meaning:
    """What moves the rows of a service: its databases, tables and mapping, and the gateways that are told of it.

    UsageError for an unknown service.
    """
    declared = project.service(service)
    databases = project.monolith.database, declared.database
    mapping = project.etl.get(service, ()), service in project.one_way
    return Meaning((databases, declared.tables, mapping, project.gateway.admin), (project.path,))
