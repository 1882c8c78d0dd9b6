"""Which files make up the monolith, and what each module is called."""

from __future__ import annotations

import os
import posixpath
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from strangler.model.errors import InputError
from strangler.model.system import ModuleRole, SkippedFile
from strangler_analyzers.source.documents import DocumentFile, may_be_document
from strangler_analyzers.source.generated_services import is_generated_service
from strangler_analyzers.source.import_path import MARKERS
from strangler_analyzers.source.module_names import ModuleNames
from strangler_analyzers.source.roles import role_of
from strangler_analyzers.source.templates import TemplateFile, template_name

MAX_BYTES = 8 * 1024 * 1024
"""Larger files (bytes) are data: they are reported, not analysed."""

_EXCLUDED_FOLDERS = frozenset(
    {
        "__pycache__",
        "node_modules",
        "site-packages",
        "dist-packages",
        "build",
        "dist",
        "venv",
        "env",
        "virtualenv",
    }
)


_PROJECT_TEMPLATES = frozenset({"project_template", "project_templates", "app_template", "app_templates"})
"""Folders that ``django-admin startproject --template`` copies: code of future projects, not of this one."""


@dataclass(frozen=True, slots=True, order=True)
class SourceFile:
    """A Python file to analyse, at `path`. `file` is relative to the analysed root; `module` is its dotted name.

    `role` is derived from its path; `extraction` may correct it.
    """

    module: str
    file: str
    path: str
    is_package: bool
    role: ModuleRole


@dataclass(frozen=True, slots=True)
class Discovery:
    """The files found below a root, by module name, and those left out; `services` are generated services' folders."""

    root: Path
    files: tuple[SourceFile, ...]
    skipped: tuple[SkippedFile, ...]
    templates: tuple[TemplateFile, ...] = ()
    services: tuple[str, ...] = ()
    documents: tuple[DocumentFile, ...] = ()

    @property
    def name(self) -> str:
        """The name of the analysed folder."""
        return _printable(self.root.name)


def discover(root: Path, exclude: Sequence[str] = ()) -> Discovery:
    """Find the Python files below `root` (a folder, or one file).

    Symbolic links to folders are followed once; loops, unreadable folders, special and huge files, names that are not
    UTF-8 and modules hidden by a package of their name are reported. Virtual environments, caches, build output and
    hidden folders are left out. The folders and files to `exclude`, relative to the root, are left out and reported;
    one that does not exist is reported as well. Services that were generated into the root are left out and reported.

    Raises InputError if the path does not exist, cannot be read or holds no Python.
    """
    root, is_file = _looked_at(root)
    walk = _Walk(exclude)
    if is_file:
        if root.suffix != ".py":
            raise InputError(f"{root} is not a Python file", remedy="give the folder of the monolith's source")
        walk.file(str(root), root.name)
        root = root.parent
        walk.markers[""] = frozenset(marker for marker in MARKERS if (root / marker).exists())
    else:
        if not os.access(root, os.R_OK | os.X_OK):
            raise InputError(f"{root} cannot be read", remedy="check its permissions")
        walk.folder(str(root), "")
    walk.skipped += (SkippedFile(name, "excluded, and not there") for name in walk.not_met())
    if not walk.files:
        raise InputError(f"{root} holds no Python file", remedy="give the folder of the monolith's source")
    naming = ModuleNames(root, _printable(root.name), walk.markers, walk.files)
    named = _named(naming, walk.files, walk.skipped)
    return Discovery(
        root,
        named,
        tuple(sorted(walk.skipped)),
        tuple(sorted(walk.templates)),
        tuple(sorted(walk.services)),
        tuple(sorted(walk.documents)),
    )


def _looked_at(root: Path) -> tuple[Path, bool]:
    """The path without symbolic links, and whether it is a file."""
    try:
        status = root.stat()
        return root.resolve(), stat.S_ISREG(status.st_mode)
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(f"{root} does not exist", remedy="give the folder of the monolith's source") from None
    except OSError as error:
        raise InputError(f"{root} cannot be read: {error.strerror}", remedy="check its permissions") from error
    except ValueError as error:
        raise InputError(f"{root} is no path: {error}", remedy="give the folder of the monolith's source") from error


class _Walk:
    """Collects files depth first, in sorted order.

    It uses strings and `os` instead of path objects: a million lines are some 25,000 entries, and a path object for
    each took a third of a run that finds nothing changed.
    """

    def __init__(self, exclude: Sequence[str]) -> None:
        self.excluded = dict.fromkeys((posixpath.normpath(name) for name in exclude), False)
        """The names to exclude, each with whether it was met."""
        self.files: list[tuple[str, str]] = []
        self.skipped: list[SkippedFile] = []
        self.templates: list[TemplateFile] = []
        self.documents: list[DocumentFile] = []
        self.markers: dict[str, frozenset[str]] = {}
        self._seen: set[tuple[int, int]] = set()
        self.services: list[str] = []

    def folder(self, path: str, relative: str) -> None:
        try:
            status = os.stat(path)
            if (identity := (status.st_dev, status.st_ino)) in self._seen:
                self.skipped.append(SkippedFile(relative, "a symbolic link to a folder already analysed"))
                return
            self._seen.add(identity)
            entries = sorted(os.scandir(path), key=lambda entry: (entry.is_symlink(), entry.name))
        except OSError as error:
            self.skipped.append(SkippedFile(relative or ".", f"folder cannot be read: {error.strerror}"))
            return
        names = {entry.name for entry in entries}
        if relative and "pyvenv.cfg" in names:
            return
        if relative and is_generated_service(path, names):
            self.skipped.append(SkippedFile(relative, "a service that strangler generate has written"))
            self.services.append(relative)
            return
        self.markers[relative] = MARKERS & names
        for entry in entries:
            name = f"{relative}/{entry.name}" if relative else entry.name
            try:
                self._entry(entry, name)
            except OSError as error:
                self.skipped.append(SkippedFile(_printable(name), f"cannot be read: {error.strerror}"))

    def not_met(self) -> Iterator[str]:
        """The names to exclude that neither exist nor lie in a generated service, which is left out anyway."""
        for name, met in self.excluded.items():
            if not met and not any(name.startswith(f"{service}/") for service in self.services):
                yield name

    def _entry(self, entry: os.DirEntry[str], name: str) -> None:
        if name in self.excluded:
            self.excluded[name] = True
            self.skipped.append(SkippedFile(name, "excluded by strangler.toml"))
            return
        is_folder = entry.is_dir()
        if not is_folder and (template := template_name(name)) is not None and _printable(name) == name:
            self.templates.append(TemplateFile(template, name, entry.path))
        if not is_folder and may_be_document(entry.name) and _printable(name) == name:
            self.documents.append(DocumentFile(name, entry.path))
        if _excluded(entry) if is_folder else not entry.name.endswith(".py"):
            return
        if (shown := _printable(name)) != name:
            self.skipped.append(SkippedFile(shown, "the name is not valid UTF-8"))
        elif is_folder and _is_project_template(entry):
            self.skipped.append(SkippedFile(name, "a template that new projects are made from"))
        elif is_folder:
            self.folder(entry.path, name)
        else:
            self.file(entry.path, name)

    def file(self, path: str, relative: str) -> None:
        try:
            status = os.stat(path)
        except OSError as error:
            self.skipped.append(SkippedFile(relative, f"cannot be read: {error.strerror}"))
            return
        if not stat.S_ISREG(status.st_mode):
            self.skipped.append(SkippedFile(relative, "not a regular file"))
        elif status.st_size > MAX_BYTES:
            self.skipped.append(SkippedFile(relative, f"larger than {MAX_BYTES // 1024 // 1024} MiB"))
        else:
            self.files.append((relative, path))


def _printable(name: str) -> str:
    """The name with bytes that are not UTF-8, which no report could show, replaced by question marks."""
    return name if name.isascii() else name.encode("utf-8", "replace").decode("utf-8")


def _excluded(entry: os.DirEntry[str]) -> bool:
    name = entry.name
    if name.startswith(".") or name == "__pycache__":
        return True
    if name in _EXCLUDED_FOLDERS or name.endswith((".egg-info", ".dist-info")):
        # A package of the application may be called `build` or `dist`; what tools create has no __init__.py.
        return not os.path.exists(f"{entry.path}/__init__.py")
    return False


def _is_project_template(entry: os.DirEntry[str]) -> bool:
    """Whether a folder is a template for new projects; an app of that name has an ``__init__.py``."""
    return entry.name in _PROJECT_TEMPLATES and not os.path.exists(f"{entry.path}/__init__.py")


def _named(naming: ModuleNames, files: list[tuple[str, str]], skipped: list[SkippedFile]) -> tuple[SourceFile, ...]:
    """Give each file its module name; of two files with one name the second keeps its whole path.

    A module next to a package of its name is reported instead: ``import`` never finds it.
    """
    named: dict[str, SourceFile] = {}
    for relative, path in files:
        module, is_package = naming.of(relative)
        if module in named:
            whole = relative.removesuffix("/__init__.py") if is_package else relative.removesuffix(".py")
            module = whole.replace("/", ".")
        if module in named:
            skipped.append(SkippedFile(relative, f"hidden by {named[module].file}, which is called {module} too"))
            continue
        named[module] = SourceFile(module, relative, path, is_package, role_of(relative))
    return tuple(named[module] for module in sorted(named))
