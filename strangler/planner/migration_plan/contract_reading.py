"""What the latest contract test shows about a running service."""

from __future__ import annotations

from collections.abc import Sequence

from strangler.contracts.verification.evidence import ContractEvidence
from strangler.model.quantity import quantity
from strangler.planner.migration_plan.reading import Reading, State, done


def contract_reading(
    service: str, evidence: ContractEvidence | None, fingerprint: str, upstreams: Sequence[str]
) -> Reading:
    """Whether the service, at one of its upstreams, kept its present document in every operation.

    `evidence` is None where there was no test; `fingerprint` is that of the present document.
    """
    if evidence is None:
        return _missing(service, "its contract was not tested", upstreams)
    if evidence.fingerprint != fingerprint:
        return _missing(service, "its document has changed since the contract test", upstreams)
    if evidence.url not in upstreams:
        return _missing(service, f"the contract test was of {evidence.url}, which is none of its upstreams", upstreams)
    proven = f"{evidence.proven} of {quantity(evidence.operations, 'operation')} proven"
    if evidence.findings or evidence.proven < evidence.operations:
        return _missing(service, f"the contract test has {quantity(evidence.findings, 'finding')}, {proven}", upstreams)
    ignored = f", but for {', '.join(evidence.ignored)}, which was ignored" if evidence.ignored else ""
    return done(f"contract kept, {proven}{ignored}")


def _missing(service: str, found: str, upstreams: Sequence[str]) -> Reading:
    url = upstreams[0] if upstreams else "URL"
    # What a test leaves behind stops the copy, which takes no table that holds rows of others.
    instead = (
        f"strangler contract test {service} --url {url} --write, while it uses a database for tests, not the one that"
        f" etl run fills: its tables are in tables.sql of what strangler generate {service} wrote, or printed by"
        f" strangler etl plan {service}"
    )
    return Reading(State.OPEN, found, instead=instead)
