"""The name of the function that answers an operation, as connexion's resolvers put it together.

https://connexion.readthedocs.io/en/latest/routing.html#automatic-routing; the rules are those of `connexion.resolver`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from strangler_analyzers.frameworks.connexion.operations import Operation


class Kind(Enum):
    """What names a function where the document does not."""

    DOCUMENT = auto()
    """`Resolver`: nothing does."""
    RELATIVE = auto()
    """`RelativeResolver`: every operation's name is below a module."""
    REST = auto()
    """`RestyResolver`: a module for the path, a function for the method."""
    METHODS = auto()
    """`MethodResolver` and `MethodViewResolver`: a class for the path, a method for the method."""


KINDS = {
    "Resolver": Kind.DOCUMENT,
    "RelativeResolver": Kind.RELATIVE,
    "RestyResolver": Kind.REST,
    "MethodResolver": Kind.METHODS,
    "MethodViewResolver": Kind.METHODS,
}


@dataclass(frozen=True, slots=True)
class Naming:
    """A resolver: `module` is where its names begin, `collection` the function for a path without a last variable."""

    kind: Kind = Kind.DOCUMENT
    module: str = ""
    collection: str = "search"

    def of(self, operation: Operation) -> str | None:
        """The dotted name of the function; None if nothing names one."""
        if operation.operation_id is not None:
            root = operation.controller or (self.module if self.kind is Kind.RELATIVE else "")
            return f"{root}.{operation.operation_id}" if root else operation.operation_id
        if self.kind in {Kind.DOCUMENT, Kind.RELATIVE}:
            return None
        named = self._by_rest(operation)
        if self.kind is Kind.REST:
            return named
        module, _, rest = named.rpartition(".")
        module, _, view = module.rpartition(".")
        return f"{module}.{_camelized(view)}View.{rest}"

    def _by_rest(self, operation: Operation) -> str:
        parts = [part for part in operation.path.split("/") if part]
        resource = ".".join(part for part in parts if not _is_variable(part)).replace("-", "_")
        module = operation.controller or (f"{self.module}.{resource}" if resource else self.module)
        is_collection = operation.method == "GET" and bool(resource) and not _is_variable(parts[-1])
        return f"{module}.{self.collection if is_collection else operation.method.lower()}"


def _is_variable(part: str) -> bool:
    return part.startswith("{") and part.endswith("}")


def _camelized(name: str) -> str:
    """``pet_kinds`` as ``PetKinds``."""
    return re.sub(r"(?:^|_)(.)", lambda match: match[1].upper(), name)
