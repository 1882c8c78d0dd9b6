"""When a contract counts as kept."""

from __future__ import annotations

from dataclasses import replace

import pytest

from strangler.contracts.verification.evidence import ContractEvidence
from strangler.planner.migration_plan.contract_reading import contract_reading
from strangler.planner.migration_plan.reading import State

URL = "http://127.0.0.1:8100"
KEPT = ContractEvidence(URL, "abc", 0, 5, 5, 0.0)


def test_a_test_without_findings_of_all_operations_counts() -> None:
    """Of one of the service's upstreams, and of the document as it is now."""
    found = contract_reading("reviews", KEPT, "abc", [URL])
    assert (found.state, found.found) == (State.DONE, "contract kept, 5 of 5 operations proven")


def test_what_was_ignored_is_told() -> None:
    """It is somebody's decision, and stands in the plan."""
    found = contract_reading("reviews", replace(KEPT, ignored=("null",)), "abc", [URL])
    assert found.found == "contract kept, 5 of 5 operations proven, but for null, which was ignored"


@pytest.mark.parametrize(
    ("evidence", "told"),
    [
        (None, "its contract was not tested"),
        (replace(KEPT, fingerprint="old"), "its document has changed since the contract test"),
        (replace(KEPT, url="http://v1"), "the contract test was of http://v1, which is none of its upstreams"),
        (replace(KEPT, findings=1), "the contract test has 1 finding, 5 of 5 operations proven"),
        (replace(KEPT, proven=3), "the contract test has 0 findings, 3 of 5 operations proven"),
    ],
)
def test_anything_less_does_not(evidence: ContractEvidence | None, told: str) -> None:
    """The command that is missing is named."""
    found = contract_reading("reviews", evidence, "abc", [URL])
    assert (found.state, found.found) == (State.OPEN, told)
    assert found.instead is not None
    assert found.instead.startswith(f"strangler contract test reviews --url {URL} --write, while it uses a database")
    assert "strangler etl plan reviews" in found.instead
