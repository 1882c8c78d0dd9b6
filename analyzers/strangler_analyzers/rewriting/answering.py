"""What is known about the service that will answer instead of the monolith."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from strangler.model.identity import IdentityTerms
from strangler.model.tables import TableOrigin
from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_analyzers.rewriting.boundary import Boundary
from strangler_analyzers.rewriting.wire_types import Entity


@dataclass(frozen=True, slots=True)
class Signing:
    """How the monolith tells a service on whose behalf it asks; `key` names the environment variable with the key."""

    terms: IdentityTerms
    key: str


@dataclass(frozen=True, slots=True)
class Answering:
    """How operations of a port reach the service.

    `requests` of its API answer some, by operation, as ``GET /a/{x}``. `adapter` is the folder of the service's half of
    the port, relative to the monolith: it answers all others that can cross. `signing` is None where the service need
    not know who is asking.
    """

    requests: Mapping[str, str] = field(default_factory=dict[str, str])
    adapter: str | None = None
    signing: Signing | None = None


def entities_of(graph: SystemGraph, boundary: Boundary) -> Mapping[str, Entity]:
    """The models of Django with one key column by full name, as in ``shop.reviews.models.Review``."""
    found: dict[str, Entity] = {}
    for table in graph.facts.tables:
        if table.model is None or table.origin not in {TableOrigin.DJANGO, TableOrigin.FRAMEWORK}:
            continue
        keys = [column.type for column in table.columns if column.primary_key]
        if len(keys) == 1:
            module, _, name = table.model.partition(":")
            columns = tuple((column.name, column.type) for column in table.columns)
            owned = table.name in boundary.tables
            found[table.model.replace(":", ".")] = Entity(module, name, owned, keys[0], columns)
    return found
