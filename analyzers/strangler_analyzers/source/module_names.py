"""The dotted names of the program's modules, from the folders that ``import`` searches as far as the files show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from strangler_analyzers.source.import_path import is_source_root, runs_from
from strangler_analyzers.source.namespace_package import is_namespace_package


class ModuleNames:
    """Names modules: names start below the topmost package folder, or below the folder that is on the import path.

    `shown` is the name of the root. `markers` maps the relative path of each folder below it to those of
    `import_path.MARKERS` that the folder holds. `files` are the relative and the full paths of all files; their imports
    show whether a root without an ``__init__.py`` is a package.
    """

    def __init__(
        self, root: Path, shown: str, markers: Mapping[str, frozenset[str]], files: Iterable[tuple[str, str]] = ()
    ) -> None:
        self._root = root
        self._shown = shown
        self._markers = markers
        outer = _outer_packages(root)
        if not outer and not is_source_root(root.name, markers.get("", frozenset())):
            outer = [shown] if is_namespace_package(shown, files) else []
        self._start: dict[str, str] = {"": ".".join(outer)}

    def of(self, file: str) -> tuple[str, bool]:
        """The dotted name of a file, by its path relative to the root, and whether it is a package."""
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
