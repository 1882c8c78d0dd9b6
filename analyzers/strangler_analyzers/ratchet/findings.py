"""The ratchet's findings: dependencies across declared boundaries, in words that survive edits of nearby code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from strangler.model.location import Location


class Rule(StrEnum):
    """The rules, the costliest breach first."""

    TRANSACTION = "transaction"
    SEVERAL_WRITERS = "several-writers"
    FOREIGN_WRITE = "foreign-write"
    FOREIGN_JOIN = "foreign-join"
    FOREIGN_READ = "foreign-read"
    FOREIGN_KEY = "foreign-key"
    MIGRATION = "foreign-migration"
    INCOMPATIBLE = "incompatible-migration"
    CYCLE = "cycle"
    DEPENDENCY = "dependency"
    DEPTH = "depth"
    LATENCY = "latency"
    UNDECLARED_ROUTE = "undeclared-route"
    OWN_REQUEST = "own-request"


RULES: Mapping[Rule, str] = MappingProxyType(
    {
        Rule.TRANSACTION: "No transaction writes tables of several services.",
        Rule.SEVERAL_WRITERS: "A table has one writer.",
        Rule.FOREIGN_WRITE: "A table is written only by its owner.",
        Rule.FOREIGN_JOIN: "No statement touches tables of several services.",
        Rule.FOREIGN_READ: "A table is read only by its owner.",
        Rule.FOREIGN_KEY: "No foreign key leads to a table of another service.",
        Rule.MIGRATION: "A migration changes only tables of the service it belongs to.",
        Rule.INCOMPATIBLE: "The release before a migration can live with what it changes.",
        Rule.CYCLE: "No services need each other.",
        Rule.DEPENDENCY: "Code depends on no code of another service.",
        Rule.DEPTH: "No chain of services is longer than [targets] depth.",
        Rule.LATENCY: "No route waits longer for other services than [targets] p99 allows.",
        Rule.UNDECLARED_ROUTE: "A route of a service is declared in [[routes]].",
        Rule.OWN_REQUEST: "The monolith asks a service's routes through the gateway.",
    }
)
"""The requirement of each rule, as a sentence."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One breach of a rule by `source`, a service or the monolith, towards `targets`.

    `subject` identifies it without lines and counts, so that the same breach has the same subject in the next version
    of the code. `remedy` says how to fix it.
    """

    rule: Rule
    source: str
    targets: tuple[str, ...]
    subject: str
    message: str
    location: Location | None
    remedy: str

    @property
    def key(self) -> tuple[str, str]:
        """Its key in a baseline."""
        return self.rule.value, self.subject

    @property
    def services(self) -> frozenset[str]:
        """All services involved."""
        return frozenset((self.source, *self.targets))
