"""Where the graph of an earlier `strangler analyze` is found."""

from __future__ import annotations

from pathlib import Path

from strangler.model.errors import UsageError
from strangler.store import FOLDER_NAME, ArtefactStore
from strangler_analyzers.graph.codec import load_facts
from strangler_analyzers.graph.system_graph import SystemGraph


def load_graph(path: Path) -> SystemGraph:
    """The graph that belongs to a folder: its own, that of a folder above it, or of the only one directly below.

    Raises InputError when there is none or it can not be read, UsageError when several folders below have one.
    """
    return SystemGraph(load_facts(_store(path)))


def _store(path: Path) -> ArtefactStore:
    if path.name == FOLDER_NAME and path.is_dir():
        return ArtefactStore(path)
    folder = path.resolve()
    own = ArtefactStore.beside(path)
    if own.graph_path.exists():
        return own
    for above in folder.parents:
        store = ArtefactStore.beside(above)
        if store.graph_path.exists():
            return store
    below = sorted(path.glob(f"*/{FOLDER_NAME}/graph.json"))
    if len(below) > 1:
        folders = ", ".join(str(found.parent.parent) for found in below)
        raise UsageError("several folders here were analysed", remedy=f"name one of them: {folders}")
    return ArtefactStore(below[0].parent) if below else own
