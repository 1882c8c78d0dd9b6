"""Where the graph of an earlier `strangler analyze` is found."""

from __future__ import annotations

from pathlib import Path

from strangler.model.errors import InputError, UsageError
from strangler.planner.map_age import newer_than
from strangler.project import Project
from strangler.store import FOLDER_NAME, ArtefactStore
from strangler_analyzers.graph.codec import load_facts
from strangler_analyzers.graph.system_graph import SystemGraph


def load_graph(path: Path) -> SystemGraph:
    """The graph that belongs to a folder: in it, in its ``.strangler``, in that above it or in the only one below.

    Raises InputError when the path does not exist, or there is no graph or it can not be read, UsageError when several
    folders below have one.
    """
    return SystemGraph(load_facts(saved_store(path)))


def load_project_graph(project: Project) -> SystemGraph:
    """The graph of a project; a source outside of it may have been analysed by itself."""
    return load_graph(project.folder if _is_mapped(project) else project.source_root)


def require_young_map(project: Project) -> None:
    """Raise InputError when the source has changed since it was analysed: places of the map are others now."""
    store = saved_store(project.folder if _is_mapped(project) else project.source_root)
    try:
        newer = newer_than(store.graph_path, project)
    except OSError:
        return  # Who loads it says so.
    if newer:
        more = f" and {len(newer) - 1} more" if len(newer) > 1 else ""
        raise InputError(f"the map is older than {newer[0]}{more}", remedy="run: strangler analyze")


def _is_mapped(project: Project) -> bool:
    return ArtefactStore.beside(project.folder).graph_path.exists()


def saved_store(path: Path) -> ArtefactStore:
    """Where the graph that belongs to a folder is, or would be; raises what `load_graph` does."""
    try:
        if not path.exists():
            raise InputError("there is no such folder", where=str(path), remedy="name the folder that was analysed")
        return _found(path)
    except OSError as error:
        raise InputError(f"can not be read: {error.strerror}", where=str(path)) from error


def _found(path: Path) -> ArtefactStore:
    own = ArtefactStore.beside(path)
    for store in (ArtefactStore(path), own):
        if store.graph_path.exists():
            return store
    if path.name == FOLDER_NAME:
        return ArtefactStore(path)
    for above in path.resolve().parents:
        store = ArtefactStore.beside(above)
        if store.graph_path.exists():
            return store
    below = sorted(path.glob(f"*/{FOLDER_NAME}/graph.json"))
    if len(below) > 1:
        folders = ", ".join(str(found.parent.parent) for found in below)
        raise UsageError("several folders here were analysed", remedy=f"name one of them: {folders}")
    return ArtefactStore(below[0].parent) if below else own
