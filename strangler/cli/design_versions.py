"""A version of a design document that a person names: a file, or ``git:REVISION``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from strangler.cli.revisions import Repository
from strangler.contracts.document import Document
from strangler.contracts.library import Library
from strangler.contracts.library_reader import file_text, read_library
from strangler.model.errors import ConfigurationError, UsageError

_GIT = "git:"


@dataclass(frozen=True, slots=True)
class Version:
    """A document with everything it imports, and its text, all of that version."""

    document: Document
    library: Library
    text: str


def named_versions(old: str, new: str) -> tuple[Version, Version]:
    """Two versions. ``git:REVISION`` is the other one's file in that revision, ``git:REVISION:FILE`` any file.

    UsageError if both are only a revision, InputError if there is no such revision, ConfigurationError if a document
    does not exist or is invalid.
    """
    return _version(old, _file_of(old) or _file_of(new)), _version(new, _file_of(new) or _file_of(old))


def _file_of(text: str) -> Path | None:
    if not text.startswith(_GIT):
        return Path(text)
    file = text.removeprefix(_GIT).partition(":")[2]
    return Path(file) if file else None


def _version(text: str, file: Path | None) -> Version:
    if file is None:
        raise UsageError("two revisions and no file", remedy=f"name the document: {text}:design/NAME.json5")
    if text.startswith(_GIT):
        repository = Repository.around(_nearest_folder(file))
        commit = repository.commit(text.removeprefix(_GIT).partition(":")[0])

        def read(path: Path) -> str:
            return _text_then(repository, commit, path)
    else:
        read = file_text
    library = read_library({"it": file}, (), read)
    return Version(library.document("it"), library, read(file))


def _nearest_folder(file: Path) -> Path:
    """The folder of a file, or its nearest parent that still exists."""
    return next(folder for folder in file.absolute().parents if folder.is_dir())


def _text_then(repository: Repository, commit: str, path: Path) -> str:
    if not path.resolve().is_relative_to(repository.top.resolve()):
        raise ConfigurationError(f"is outside of the repository {repository.top}", where=str(path))
    content = repository.file(commit, path)
    if content is None:
        raise ConfigurationError(f"is not there in {commit[:12]}", where=str(path))
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"is not UTF-8 in {commit[:12]}", where=str(path)) from error
