"""The source that `strangler analyze` reads, and the folder for its results."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from strangler.model.errors import InputError
from strangler.model.system import SystemFacts
from strangler.project import Monolith, Project, RouteRule, Service
from strangler.project_reader import find_project_file, load_project
from strangler.store import ArtefactStore


@dataclass(frozen=True, slots=True)
class SourceFolder:
    """The source of a monolith, what its project file says of it, and the store of its artefacts."""

    root: Path
    monolith: Monolith
    store: ArtefactStore
    services: tuple[Service, ...] = ()
    routes: tuple[RouteRule, ...] = ()
    project: Project | None = None


def source_folder(path: Path | None) -> SourceFolder:
    """The meaning of a path on the command line; None is the current folder, or any folder of its project.

    The folder of a strangler.toml, and the source root that it names, mean that project: its source is analysed, and
    the results are stored beside the file. Any other path means itself; the results of a single file are stored in its
    folder.

    InputError if the path cannot be examined, ConfigurationError if the project file is invalid.
    """
    start = Path() if path is None else path
    project = _project(start)
    if project is not None:
        place = start.resolve()
        if path is None or place in {project.folder.resolve(), project.source_root.resolve()}:
            return SourceFolder(
                shown(project.source_root),
                project.monolith,
                ArtefactStore.beside(shown(project.folder)),
                tuple(project.services.values()),
                project.routes,
                project,
            )
    folder = start.parent if start.is_file() else start
    return SourceFolder(start, Monolith(), ArtefactStore.beside(folder))


def services_inside(source: SourceFolder, facts: SystemFacts) -> Iterator[tuple[str, str, int]]:
    """Services whose own code lies in the source: the name, the folder below the root, and its modules in the map.

    The folder is the topmost one on the path to the service's `source` or `adapter`. It does not count if it also
    contains code that a service takes over.
    """
    for service in source.services:
        own = service.source or service.adapter
        if source.project is None or own is None:
            continue
        place = (source.project.folder / own).resolve()
        if place == source.root.resolve() or not place.is_relative_to(source.root.resolve()):
            continue
        top = place.relative_to(source.root.resolve()).parts[0]
        inside = [module.name for module in facts.modules if module.file.startswith(f"{top}/")]
        declared = [f"{module}." for other in source.services for module in other.modules]
        if inside and not any(f"{name}.".startswith(module) for name in inside for module in declared):
            yield service.name, top, len(inside)


def _project(start: Path) -> Project | None:
    try:
        file = find_project_file(start)
    except OSError as error:
        raise InputError(
            f"cannot be read: {error.strerror}", where=str(start), remedy="check its permissions"
        ) from error
    except ValueError as error:
        raise InputError(f"is no path: {error}", where=repr(str(start))) from error
    return None if file is None else load_project(file.parent)


def shown(path: Path) -> Path:
    """The path as a person in the current folder would write it."""
    whole, here = path.resolve(), Path.cwd()
    return whole.relative_to(here) if whole.is_relative_to(here) else path
