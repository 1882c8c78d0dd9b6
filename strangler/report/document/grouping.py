"""The outermost rectangles of the map: declared services, and the apps of the remaining monolith."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from strangler_analyzers.graph.applications import Applications

UNCLAIMED = "tables without a model"


class Phase(StrEnum):
    """How far a route is on its way to v2."""

    MONOLITH = "monolith"
    SHADOW = "shadow"
    CANARY = "canary"
    V2 = "v2"
    ROLLED_BACK = "rolled back"


@dataclass(frozen=True, slots=True)
class DeclaredRoute:
    """A routing rule of strangler.toml: the requests it matches, and the percentages sent and copied to v2."""

    path: str
    methods: tuple[str, ...]
    phase: Phase
    share: float = 0
    shadow: float = 0


@dataclass(frozen=True, slots=True)
class DeclaredService:
    """A boundary of strangler.toml: modules with their submodules, tables by name, and its routes."""

    name: str
    modules: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    rules: tuple[DeclaredRoute, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Group:
    """A rectangle of the map: a service by its name, or an app by its package."""

    name: str
    service: bool


class Grouping:
    """Assigns modules and tables to groups; the innermost declared module wins."""

    def __init__(self, applications: Applications, services: Sequence[DeclaredService] = ()) -> None:
        self._applications = applications
        self._services = {module: service.name for service in services for module in service.modules}
        self._tables = {table: service.name for service in services for table in service.tables}

    def of_module(self, module: str) -> Group:
        """The group of a module."""
        parts = module.split(".")
        for length in range(len(parts), 0, -1):
            service = self._services.get(".".join(parts[:length]))
            if service is not None:
                return Group(service, service=True)
        return Group(self._applications.of(module), service=False)

    def of_table(self, table: str) -> Group:
        """The group of a table: the service that declares it, otherwise the app that contains its model."""
        if table in self._tables:
            return Group(self._tables[table], service=True)
        return Group(self._applications.of_table(table) or UNCLAIMED, service=False)
