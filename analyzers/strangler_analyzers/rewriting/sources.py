"""The sources of a monolith's modules, each read once, and only when something asks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from strangler.model.system import Module
from strangler_analyzers.rewriting.signatures import SourceModule, read_module

ReadFile = Callable[[str], bytes]
"""Gives the bytes of a file, relative to the analysed folder; raises OSError."""


class Sources:
    """Reads modules by name."""

    def __init__(self, modules: Mapping[str, Module], read: ReadFile) -> None:
        self._modules = modules
        self._read = read
        self._known: dict[str, SourceModule | None] = {}

    @property
    def parsed(self) -> frozenset[str]:
        """The modules that have been asked for."""
        return frozenset(self._known)

    def module(self, name: str) -> SourceModule | None:
        """The parsed source of a module; None if it is not a module or cannot be read."""
        if name not in self._known:
            self._known[name] = self._parse(name)
        return self._known[name]

    def origin(self, module: str, name: str) -> tuple[str, str]:
        """The module of the monolith that defines an imported name, and its name there; as given where it ends."""
        for _ in range(8):
            found = self.module(module) if module in self._modules else None
            if found is None or name in found.definitions or name not in found.imported:
                break
            source, original = found.imported[name]
            if not original:
                break
            module, name = source, original
        return module, name

    def _parse(self, name: str) -> SourceModule | None:
        module = self._modules.get(name)
        if module is None:
            return None
        try:
            is_package = module.file.rpartition("/")[2] == "__init__.py"
            return read_module(name, self._read(module.file), is_package=is_package)
        except (OSError, SyntaxError, ValueError, RecursionError):
            return None
