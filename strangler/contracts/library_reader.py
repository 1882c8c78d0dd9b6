"""Reads design documents and everything they import."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from os.path import normpath
from pathlib import Path

from strangler.contracts.document import Document
from strangler.contracts.document_reader import read_document
from strangler.contracts.json5 import Json5, is_array, is_object, parse_json5
from strangler.contracts.library import Library
from strangler.contracts.type_names import DeclaredNames, TypeNames
from strangler.model.errors import ConfigurationError, Problem
from strangler.toml_section import Document as SourceDocument
from strangler.toml_section import Notation, Section

JSON = Notation("an object, {...}", "an array of objects, [{{...}}]", "{}")

ReadText = Callable[[Path], str]
"""Reads the text of a file; raises a StranglerError if it cannot."""


@dataclass(frozen=True, slots=True)
class _Parsed:
    path: Path
    source: Json5
    names: DeclaredNames
    imports: Mapping[int, Path]
    """The imported files by their position among the imports."""

    def problem(self, index: int, error: ConfigurationError) -> Problem:
        """The problem with an import, at its location."""
        place = self.source.positions[("imports", index)]
        what = f"imports {self.imports[index]}, which {error.what}"
        return Problem(what, str(self.path), place.line, place.column, "imports are paths from the document")


def read_library(services: Mapping[str, Path], others: Iterable[Path], read: ReadText) -> Library:
    """Read the documents of some services, by name, and other documents, with everything that they import.

    ConfigurationError carries all problems of all files, and names files by the paths given.
    """
    wanted = {name: _plain(path) for name, path in services.items()}
    parsed, missing = _with_imports([*wanted.values(), *map(_plain, others)], read)
    if missing:
        raise ConfigurationError.of(tuple(missing))
    documents: dict[str, Document] = {}
    problems: list[Problem] = []
    for file in parsed.values():
        document, wrong = _read(file, parsed)
        documents[str(file.path)] = document
        problems += wrong
    problems += _shared_namespaces(documents.values())
    if problems:
        raise ConfigurationError.of(tuple(problems))
    return Library(documents, {name: str(path) for name, path in wanted.items()})


def file_text(path: Path) -> str:
    """The text of a document; ConfigurationError if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError("is not UTF-8", where=str(path), remedy="save it as UTF-8") from error
    except OSError as error:
        raise ConfigurationError(f"cannot be read: {error.strerror}", where=str(path)) from error


def _with_imports(paths: Iterable[Path], read: ReadText) -> tuple[dict[Path, _Parsed], list[Problem]]:
    """All documents by file, and the imports that cannot be read."""
    parsed = {path: _parse(path, read(path)) for path in dict.fromkeys(paths)}
    waiting = [*parsed.values()]
    missing: list[Problem] = []
    while waiting:
        file = waiting.pop(0)
        for index, path in file.imports.items():
            if path in parsed:
                continue
            try:
                text = read(path)
            except ConfigurationError as error:
                missing.append(file.problem(index, error))
                continue
            parsed[path] = _parse(path, text)
            waiting.append(parsed[path])
    return parsed, missing


def _parse(path: Path, text: str) -> _Parsed:
    source = parse_json5(text, str(path))
    value = source.value
    imports = value.get("imports") if is_object(value) else None
    names = imports if is_array(imports) else []
    found = {index: _plain(path.parent / name) for index, name in enumerate(names) if isinstance(name, str)}
    return _Parsed(path, source, DeclaredNames.of(value), found)


def _read(file: _Parsed, parsed: Mapping[Path, _Parsed]) -> tuple[Document, list[Problem]]:
    source = SourceDocument(str(file.path), file.source.positions, notation=JSON)
    values = file.source.value
    if not is_object(values):
        source.report((), f"the document must be {JSON.table}")
        values = dict[str, object]()
    types = TypeNames.of(file.names, (parsed[path].names for path in file.imports.values()))
    document = read_document(Section(source, (), values), types)
    return document, sorted(source.problems, key=lambda problem: (problem.line, problem.column))


def _shared_namespaces(documents: Iterable[Document]) -> list[Problem]:
    seen: dict[str, Document] = {}
    found: list[Problem] = []
    for document in documents:
        first = seen.setdefault(document.namespace, document)
        if first is not document and document.namespace:
            what = f"the namespace {document.namespace} belongs to {first.file}"
            found.append(Problem(what, document.file, 1, 1, "give each document a namespace of its own"))
    return found


def _plain(path: Path) -> Path:
    """The path without ``.`` and ``..``, so that each file has one name."""
    return Path(normpath(path))
