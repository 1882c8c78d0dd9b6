"""An analysis that a person names: a file, a folder that was analysed, or a git revision."""

from __future__ import annotations

from pathlib import Path

from strangler.cli.revisions import Repository
from strangler.cli.saved_graph import saved_store
from strangler.cli.source_folder import SourceFolder
from strangler.model.errors import InputError, StranglerError
from strangler.model.progress import Progress
from strangler.model.system import SystemFacts
from strangler_analyzers.graph.codec import load_facts, read_facts
from strangler_analyzers.pipeline import analyze

CACHE = "diff"
"""The folder below the cache for what analyses of revisions share."""


def named_facts(text: str, source: SourceFolder, progress: Progress, command: str) -> SystemFacts:
    """The facts of an analysis; an existing file or folder takes precedence over a revision with that name.

    InputError if it is none of these; `command` is the one whose help says more.
    """
    path = Path(text)
    if path.is_file():
        return read_facts(path)
    if path.is_dir():
        return load_facts(saved_store(path))
    try:
        repository = Repository.around(source.root)
        commit = repository.commit(text)
    except StranglerError as error:
        raise InputError(
            "is neither a file, nor a folder, nor a git revision", where=text, remedy=f"see strangler {command} --help"
        ) from error
    with repository.folder(commit, source.root) as folder:
        return analyze(folder, progress, monolith=source.monolith, cache=source.store.cache_path / CACHE)
