"""Finds the graph of an earlier `strangler analyze`."""

from __future__ import annotations

from pathlib import Path

from strangler.model.errors import InputError, UsageError
from strangler.planner.map_age import newer_than
from strangler.project import Project
from strangler.store import FOLDER_NAME, ArtefactStore
from strangler_analyzers.graph.codec import load_facts
from strangler_analyzers.graph.system_graph import SystemGraph


def load_graph(path: Path) -> SystemGraph:
    """The graph of a folder: in it, in its ``.strangler``, in that of its parent, or in the only one below it.

    InputError if the path does not exist, or there is no graph or it cannot be read; UsageError if several folders
    below have one.
    """
    return SystemGraph(load_facts(saved_store(path)))


def load_project_graph(project: Project) -> SystemGraph:
    """The graph of a project; a source outside the project may have been analysed on its own."""
    return load_graph(project.folder if _is_mapped(project) else project.source_root)


def require_young_map(project: Project) -> None:
    """Raise InputError if the source has changed since its analysis, because locations in the map are then wrong."""
    store = saved_store(project.folder if _is_mapped(project) else project.source_root)
    try:
        newer = newer_than(store.graph_path, project)
    except OSError:
        return  # Loading the map reports that.
    if newer:
        more = f" and {len(newer) - 1} more" if len(newer) > 1 else ""
        raise InputError(f"the map is older than {newer[0]}{more}", remedy="run: strangler analyze")


def _is_mapped(project: Project) -> bool:
    return ArtefactStore.beside(project.folder).graph_path.exists()


def saved_store(path: Path) -> ArtefactStore:
    """The store that has, or would have, the graph of a folder; raises the errors of `load_graph`."""
    try:
        if not path.exists():
            raise InputError("there is no such folder", where=str(path), remedy="name the folder that was analysed")
        return _found(path)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from error


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
