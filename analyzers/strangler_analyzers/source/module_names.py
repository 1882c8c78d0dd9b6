"""What the modules of a program are called: by the folders import looks in, as far as the files show them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from strangler_analyzers.source.import_path import is_source_root, runs_from


class ModuleNames:
    """Module names start below the topmost package folder, or below the folder that is on the import path.

    `shown` is what the root is called; `markers` has, for each folder below it by its relative path, which of
    `import_path.MARKERS` it holds.
    """

    def __init__(self, root: Path, shown: str, markers: Mapping[str, frozenset[str]]) -> None:
        self._root = root
        self._shown = shown
        self._markers = markers
        self._start: dict[str, str] = {"": ".".join(_outer_packages(root))}

    def of(self, file: str) -> tuple[str, bool]:
        """The dotted name of a file, by its path relative to the root, and whether that is a package."""
        folder, _, name = file.rpartition("/")
        package = self._package(folder)
        if name == "__init__.py":
            return package or folder.rpartition("/")[2] or self._shown, True
        stem = name.removesuffix(".py")
        return f"{package}.{stem}" if package else stem, False

    def _package(self, folder: str) -> str:
        """The dotted name of a folder as import sees it."""
        known = self._start.get(folder)
        if known is None:
            known = self._start[folder] = self._new_package(folder)
        return known

    def _new_package(self, folder: str) -> str:
        parent, _, name = folder.rpartition("/")
        held = self._markers[folder]
        packages = "__init__.py" in held, "__init__.py" in self._markers[parent]
        if not any(packages) and is_source_root(name, held):
            return ""
        if "manage.py" in held and runs_from(self._root / folder):
            return ""
        outer = self._package(parent)
        return f"{outer}.{name}" if outer else name


def _outer_packages(root: Path) -> list[str]:
    names: list[str] = []
    folder = root
    while (folder / "__init__.py").exists() and folder.name and not runs_from(folder):
        names.append(folder.name.encode("utf-8", "replace").decode("utf-8"))
        folder = folder.parent
    return names[::-1]
