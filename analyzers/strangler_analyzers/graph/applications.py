"""Assigns modules to the parts of the monolith that a team calls its "apps".

The rule, also in docs/graph.md:

1. A package that holds model classes is an app: the part before ``models`` in the name of
   the model's module (``shop.orders.models.order`` -> ``shop.orders``), else the module's
   parent package.
2. A module belongs to the innermost app it lies in.
3. Any other module belongs to its second-level package (``shop.api.views`` -> ``shop.api``), a
   module directly below the top to itself. A package that holds several apps is a folder of
   apps: packages in it are apps too, without models of their own (``oscar.apps.dashboard.views``
   -> ``oscar.apps.dashboard``, beside ``oscar.apps.order`` with its models).
4. If all models lie in one app, that app tells nothing about features. Then a module belongs
   to the package one level below it (``shop.models``, ``shop.views``), and rule 3 holds for the
   rest.
"""

from __future__ import annotations

from collections import Counter

from strangler.model.system import SystemFacts
from strangler.model.tables import Table


class Applications:
    """Assigns modules, functions, classes and tables to apps."""

    def __init__(self, facts: SystemFacts) -> None:
        models = {table.model for table in facts.tables if table.model is not None}
        own = {module.name for module in facts.modules}
        holders = {_holder(model.partition(":")[0]) for model in models if model.partition(":")[0] in own}
        holders.discard("")
        self._sole = next(iter(holders)) if len(holders) == 1 and len(models) > 1 else None
        self._holders: frozenset[str] = frozenset() if self._sole is not None else frozenset(holders)
        folders = Counter(holder.rpartition(".")[0] for holder in self._holders)
        self._folders = {folder for folder, apps in folders.items() if folder and apps > 1} - self._holders
        self._packages = {module.name.rpartition(".")[0] for module in facts.modules}
        self._by_table = {table.name: self.of(table.model) for table in facts.tables if table.model is not None}
        for table in facts.tables:
            side = _owning_side(table)
            if side in self._by_table:
                self._by_table.setdefault(table.name, self._by_table[side])

    def of(self, name: str) -> str:
        """The app of a module, or of a function or class (``module:qualname``)."""
        parts = name.partition(":")[0].split(".")
        for length in range(len(parts), 0, -1):
            package = ".".join(parts[:length])
            if package in self._holders:
                return package
        depth = 2
        if self._sole is not None:
            sole = self._sole.split(".")
            if parts[: len(sole)] == sole:
                depth = len(sole) + 1
        while depth < len(parts) and ".".join(parts[:depth]) in self._folders:
            if ".".join(parts[: depth + 1]) not in self._packages:
                break
            depth += 1
        return ".".join(parts[:depth])

    def of_table(self, table: str) -> str | None:
        """The app of a table; None if no model determines it."""
        return self._by_table.get(table)


def _owning_side(table: Table) -> str:
    targets = [key.target_table for key in table.foreign_keys if table.name.startswith(f"{key.target_table}_")]
    return max(targets, key=len, default="")


def _holder(module: str) -> str:
    parts = module.split(".")
    if "models" in parts[1:]:
        return ".".join(parts[: parts.index("models", 1)])
    return ".".join(parts[:-1])
