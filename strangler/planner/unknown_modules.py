"""Modules that strangler.toml declares and that the map of the monolith does not have."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from difflib import get_close_matches

from strangler.model.errors import InputError
from strangler.project import Service


class UnknownModuleError(InputError):
    """The map has none of the `modules` of a service, which may be packages; `meant` is a similar one that it has."""

    def __init__(self, service: str, modules: tuple[str, ...], meant: str | None) -> None:
        near = f"did you mean {meant}? " if meant else ""
        super().__init__(
            f"the map has no module {', '.join(modules)}",
            where=f"[services.{service}] modules",
            remedy=f"{near}correct the line in strangler.toml, or if the code is newer than the map, run:"
            " strangler analyze",
        )
        self.service = service
        self.modules = modules
        self.meant = meant


def require_mapped(service: Service, known: Collection[str], *, all_of_them: bool) -> None:
    """Raise UnknownModuleError if modules of a service are not in `known`, the modules of the map.

    Unless `all_of_them` are needed, one that is there suffices: the others may have been retired.
    """
    packages = {package for module in known for package in _packages(module)}
    unknown = tuple(name for name in service.modules if name not in packages)
    if unknown and (all_of_them or len(unknown) == len(service.modules)):
        free = sorted(packages.difference(service.modules))
        near = (match for name in unknown for match in get_close_matches(name, free, n=1))
        raise UnknownModuleError(service.name, unknown, next(near, None))


def _packages(module: str) -> Iterator[str]:
    """A module, and every package it lies in."""
    while module:
        yield module
        module = module.rpartition(".")[0]
