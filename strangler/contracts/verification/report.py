"""The results of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from strangler.contracts.document import HEALTH_PATH
from strangler.contracts.verification.finding import Finding
from strangler.model.location import Location


@dataclass(frozen=True, slots=True)
class OperationReport:
    """How often one operation was called, and the statuses it answered with.

    It is proven once an ordinary request was answered with success; `unproven` says why it is not, and is empty if it
    is.
    """

    operation: str
    place: Location
    requests: int
    statuses: Mapping[str, int]
    unproven: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """The operations in the document's order, and the findings: each once, with the number of occurrences."""

    operations: tuple[OperationReport, ...]
    findings: tuple[Finding, ...]

    @property
    def requests(self) -> int:
        """The number of requests sent."""
        return sum(item.requests for item in self.operations)

    @property
    def proven(self) -> int:
        """The number of proven operations."""
        return sum(not item.unproven for item in self.operations)

    @property
    def shows_nothing(self) -> bool:
        """Whether nothing but the health check is proven, which says nothing of what the service does."""
        telling = [item for item in self.operations if not item.operation.endswith(f" {HEALTH_PATH}")]
        return all(item.unproven for item in telling or self.operations)
