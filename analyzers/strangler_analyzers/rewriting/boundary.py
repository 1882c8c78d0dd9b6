"""The boundary of a service: which code is inside, and which is outside."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Boundary:
    """A declared service: its modules, packages with all that lies in them, and its tables.

    `port` is the package outside of it through which the rest of the monolith is to reach it.
    """

    service: str
    modules: tuple[str, ...]
    tables: frozenset[str]

    @property
    def port(self) -> str:
        """The package of the port: beside the service's first module, which will be gone one day."""
        package = self.modules[0].rpartition(".")[0] if self.modules else ""
        name = f"{self.service.replace('-', '_')}_port"
        return f"{package}.{name}" if package else name

    def holds(self, name: str) -> bool:
        """Whether a module, or a function or class (``module:qualname``), belongs to the service."""
        module = name.partition(":")[0]
        return any(_within(module, package) for package in self.modules)

    def is_port(self, name: str) -> bool:
        """Whether a module, function or class belongs to the port."""
        return _within(name.partition(":")[0], self.port)


def _within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")
