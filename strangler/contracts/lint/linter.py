"""Runs every rule on all documents."""

from __future__ import annotations

from collections.abc import Collection

from strangler.contracts.library import Library
from strangler.contracts.lint.company_rules import (
    check_authorities,
    check_field_types,
    check_path_owners,
    check_type_owners,
)
from strangler.contracts.lint.event_rules import check_events, check_streams
from strangler.contracts.lint.finding import Company, CompanyCheck, DocumentCheck, Finding, MemberCheck
from strangler.contracts.lint.operation_rules import (
    check_bodies,
    check_health,
    check_parameters,
    check_paths,
    check_responses,
)
from strangler.contracts.lint.type_rules import (
    check_descriptions,
    check_discriminators,
    check_fields,
    check_mappings,
    check_names,
    check_namespace,
    check_references,
    check_unused,
)
from strangler.contracts.lint.uses_rules import check_circles, check_depths, check_latency, check_uses
from strangler.model.design import LintTerms

_ALONE: tuple[DocumentCheck, ...] = (
    check_namespace,
    check_names,
    check_descriptions,
    check_mappings,
    check_paths,
    check_events,
    check_streams,
)
_AMONG_OTHERS: tuple[MemberCheck, ...] = (
    check_health,
    check_unused,
    check_fields,
    check_references,
    check_discriminators,
    check_parameters,
    check_responses,
    check_bodies,
    check_uses,
)
_OF_COMPANY: tuple[CompanyCheck, ...] = (
    check_field_types,
    check_type_owners,
    check_authorities,
    check_path_owners,
    check_circles,
    check_depths,
    check_latency,
)


def lint(library: Library, terms: LintTerms, services: Collection[str] = ()) -> tuple[Finding, ...]:
    """All breaches of rules, by location; with `services`, only those in the documents of these services.

    All documents are always examined, because any of them may already have taken a name.
    """
    company = Company(library, terms)
    found = {item for document in library for check in _ALONE for item in check(document)}
    found |= {item for document in library for check in _AMONG_OTHERS for item in check(document, company)}
    found |= {item for check in _OF_COMPANY for item in check(company)}
    files = {library.services[name] for name in services}
    return tuple(
        sorted(
            item
            for item in found
            if item.rule not in terms.disabled
            and item.subject not in terms.exempt.get(item.rule, ())
            and (not files or item.location.file in files)
        )
    )
