"""Which files make up the monolith, and what each module is called."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from strangler.model.errors import InputError
from strangler.model.system import ModuleRole, SkippedFile
from strangler_analyzers.source.import_path import is_source_root, runs_from
from strangler_analyzers.source.roles import role_of
from strangler_analyzers.source.templates import TemplateFile, template_name

MAX_BYTES = 8 * 1024 * 1024
"""Larger files are data: they are reported, not analysed."""

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


@dataclass(frozen=True, slots=True, order=True)
class SourceFile:
    """A Python file to analyse. `file` is relative to the analysed root; `module` is its dotted name.

    `role` is what its path says; `extraction` may know better.
    """

    module: str
    file: str
    path: Path
    is_package: bool
    role: ModuleRole


@dataclass(frozen=True, slots=True)
class Discovery:
    """The files found below a root, by module name, and what was left out."""

    root: Path
    files: tuple[SourceFile, ...]
    skipped: tuple[SkippedFile, ...]
    templates: tuple[TemplateFile, ...] = ()

    @property
    def name(self) -> str:
        """What the analysed folder is called."""
        return _printable(self.root.name)


def discover(root: Path) -> Discovery:
    """Find the Python files below `root` (a folder, or one file).

    Symbolic links to folders are followed once; loops, unreadable folders, special and huge files, names that are not
    UTF-8 and modules hidden by a package of their name are reported. Virtual environments, caches, build output and
    hidden folders are left out.

    Raises InputError when the path does not exist, can not be read or holds no Python.
    """
    root, is_file = _looked_at(root)
    walk = _Walk(root)
    if is_file:
        if root.suffix != ".py":
            raise InputError(f"{root} is not a Python file", remedy="give the folder of the monolith's source")
        walk.file(root, "")
        root = root.parent
    else:
        if not os.access(root, os.R_OK | os.X_OK):
            raise InputError(f"{root} can not be read", remedy="check its permissions")
        walk.folder(root, "")
    if not walk.files:
        raise InputError(f"{root} holds no Python file", remedy="give the folder of the monolith's source")
    named = _named(root, walk.files, walk.skipped)
    return Discovery(root, named, tuple(sorted(walk.skipped)), tuple(sorted(walk.templates)))


def _looked_at(root: Path) -> tuple[Path, bool]:
    """The path without symbolic links, and whether it is a file."""
    try:
        status = root.stat()
        return root.resolve(), stat.S_ISREG(status.st_mode)
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(f"{root} does not exist", remedy="give the folder of the monolith's source") from None
    except OSError as error:
        raise InputError(f"{root} can not be read: {error.strerror}", remedy="check its permissions") from error
    except ValueError as error:
        raise InputError(f"{root} is no path: {error}", remedy="give the folder of the monolith's source") from error


class _Walk:
    """Collects files depth first, in sorted order."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files: list[tuple[str, Path]] = []
        self.skipped: list[SkippedFile] = []
        self.templates: list[TemplateFile] = []
        self._seen: set[tuple[int, int]] = set()

    def folder(self, folder: Path, relative: str) -> None:
        try:
            status = folder.stat()
            if (identity := (status.st_dev, status.st_ino)) in self._seen:
                self.skipped.append(SkippedFile(relative, "a symbolic link to a folder already analysed"))
                return
            self._seen.add(identity)
            entries = sorted(os.scandir(folder), key=lambda entry: (entry.is_symlink(), entry.name))
        except OSError as error:
            self.skipped.append(SkippedFile(relative or ".", f"folder can not be read: {error.strerror}"))
            return
        for entry in entries:
            name = f"{relative}/{entry.name}" if relative else entry.name
            path = folder / entry.name
            try:
                is_folder = entry.is_dir()
                if not is_folder and (template := template_name(name)) is not None:
                    self.template(TemplateFile(template, name, path))
                if _excluded(entry.name, path) if is_folder else not entry.name.endswith(".py"):
                    continue
                if (shown := _printable(name)) != name:
                    self.skipped.append(SkippedFile(shown, "the name is not valid UTF-8"))
                elif is_folder:
                    self.folder(path, name)
                else:
                    self.file(path, name)
            except OSError as error:
                self.skipped.append(SkippedFile(_printable(name), f"can not be read: {error.strerror}"))

    def template(self, found: TemplateFile) -> None:
        if _printable(found.file) == found.file:
            self.templates.append(found)

    def file(self, path: Path, relative: str) -> None:
        relative = relative or path.name
        try:
            status = path.stat()
        except OSError as error:
            self.skipped.append(SkippedFile(relative, f"can not be read: {error.strerror}"))
            return
        if not stat.S_ISREG(status.st_mode):
            self.skipped.append(SkippedFile(relative, "not a regular file"))
        elif status.st_size > MAX_BYTES:
            self.skipped.append(SkippedFile(relative, f"larger than {MAX_BYTES // 1024 // 1024} MiB"))
        else:
            self.files.append((relative, path))


def _printable(name: str) -> str:
    """The name itself; bytes of it that are no UTF-8, which no report could show, become question marks."""
    return name.encode("utf-8", "replace").decode("utf-8")


def _excluded(name: str, path: Path) -> bool:
    if name.startswith(".") or name in _EXCLUDED_FOLDERS or name.endswith((".egg-info", ".dist-info")):
        # A package of the application may be called `build` or `dist`; what tools make has no __init__.py.
        return name.startswith(".") or name == "__pycache__" or not (path / "__init__.py").exists()
    return (path / "pyvenv.cfg").exists()


def _named(root: Path, files: list[tuple[str, Path]], skipped: list[SkippedFile]) -> tuple[SourceFile, ...]:
    """Give each file its module name; of two files with one name the second keeps its whole path.

    A module beside a package of its name is reported instead: import never finds it.
    """
    naming = _Naming(root)
    named: dict[str, SourceFile] = {}
    for relative, path in files:
        module, is_package = naming.module(PurePosixPath(relative))
        if module in named:
            parts = PurePosixPath(relative).with_suffix("").parts
            module = ".".join(parts[:-1] if is_package else parts)
        if module in named:
            skipped.append(SkippedFile(relative, f"hidden by {named[module].file}, which is called {module} too"))
            continue
        named[module] = SourceFile(module, relative, path, is_package, role_of(relative))
    return tuple(sorted(named.values()))


class _Naming:
    """Module names start below the topmost package folder, or below the folder that is on the import path."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._prefix = self._outer_packages(root)
        self._start: dict[PurePosixPath, tuple[str, ...]] = {}

    @staticmethod
    def _outer_packages(root: Path) -> tuple[str, ...]:
        names: list[str] = []
        folder = root
        while (folder / "__init__.py").exists() and folder.name and not runs_from(folder):
            names.append(_printable(folder.name))
            folder = folder.parent
        return tuple(reversed(names))

    def module(self, file: PurePosixPath) -> tuple[str, bool]:
        parts = self._package(file.parent)
        if file.name == "__init__.py":
            return ".".join(parts) or file.parent.name or _printable(self._root.name), True
        return ".".join((*parts, file.stem)), False

    def _package(self, folder: PurePosixPath) -> tuple[str, ...]:
        """The dotted name of a folder as import sees it."""
        if folder in self._start:
            return self._start[folder]
        if not folder.parts:
            name = self._prefix
        else:
            outer = self._package(folder.parent)
            is_package = (self._root / folder / "__init__.py").exists()
            parent_is_package = (self._root / folder.parent / "__init__.py").exists()
            path = self._root / folder
            if (not is_package and not parent_is_package and is_source_root(path)) or runs_from(path):
                name = ()
            else:
                name = (*outer, folder.name)
        self._start[folder] = name
        return name
