"""What a run found out about a service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from strangler.contracts.document import HEALTH_PATH
from strangler.contracts.verification.finding import Finding
from strangler.model.location import Location


@dataclass(frozen=True, slots=True)
class OperationReport:
    """How often one operation was asked, and by which statuses it answered.

    It is proven when an ordinary request was answered with success; `unproven` says why it is not, and is empty then.
    """

    operation: str
    place: Location
    requests: int
    statuses: Mapping[str, int]
    unproven: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """The operations in the order of the document, and the findings: each once, with how often it was seen."""

    operations: tuple[OperationReport, ...]
    findings: tuple[Finding, ...]

    @property
    def requests(self) -> int:
        """How many requests were sent."""
        return sum(item.requests for item in self.operations)

    @property
    def proven(self) -> int:
        """How many operations are."""
        return sum(not item.unproven for item in self.operations)

    @property
    def shows_nothing(self) -> bool:
        """Whether nothing that was asked is proven; that a service is well says nothing about what it does."""
        telling = [item for item in self.operations if not item.operation.endswith(f" {HEALTH_PATH}")]
        return all(item.unproven for item in telling or self.operations)
