"""The record of a verification for the migration's plan: what was tested, against which document, and the result."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from strangler.contracts.document import Document
from strangler.contracts.library import Library
from strangler.contracts.meaning_hash import meaning_hash
from strangler.contracts.use import used_types
from strangler.contracts.verification.finding import ContractRule
from strangler.contracts.verification.report import Report
from strangler.model.errors import InputError
from strangler.store import ArtefactStore, Schema

SCHEMA = Schema("strangler/contract-evidence", 1)


@dataclass(frozen=True, slots=True)
class ContractEvidence:
    """The result of one run; `fingerprint` is that of the document at the time. `moment` is in seconds since 1970.

    `ignored` are the rules whose findings the team has decided to accept.
    """

    url: str
    fingerprint: str
    findings: int
    proven: int
    operations: int
    moment: float
    ignored: tuple[str, ...] = ()
    schema: str = SCHEMA.name
    version: int = SCHEMA.version


def evidence_of(
    url: str, fingerprint: str, report: Report, moment: float, ignored: Iterable[ContractRule]
) -> ContractEvidence:
    """The part of a report that is kept."""
    rules = tuple(sorted(ignored))
    found = len(report.findings)
    return ContractEvidence(url, fingerprint, found, report.proven, len(report.operations), moment, rules)


def document_fingerprint(document: Document, library: Library) -> str:
    """The fingerprint of what a document, and all it needs of others, means; how it is written does not count."""
    return meaning_hash(document, library, sorted(used_types(document, library)))


def evidence_path(store: ArtefactStore, service: str) -> Path:
    """The file that holds the evidence of a service."""
    return store.folder / f"contract-{service}.json"


def save_evidence(store: ArtefactStore, service: str, evidence: ContractEvidence) -> None:
    """Replace the evidence; UnavailableError if it cannot be written."""
    content = msgspec.json.format(msgspec.json.encode(evidence), indent=2)
    store.write(evidence_path(store, service), content + b"\n")


def load_evidence(store: ArtefactStore, service: str) -> ContractEvidence:
    """The latest evidence; InputError if there is none, or if the file is not evidence."""
    path, made_by = evidence_path(store, service), f"strangler contract test {service} --url URL --write"
    data = store.read_document(path, SCHEMA, made_by)
    try:
        return msgspec.json.decode(data, type=ContractEvidence)
    except msgspec.ValidationError as error:
        raise InputError(f"is no evidence: {error}", where=str(path), remedy=f"run: {made_by}") from error
