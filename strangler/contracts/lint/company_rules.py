"""Rules that only several documents together can break.

The major versions of one service exist side by side: they count as one owner, and older versions bind nobody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from strangler.contracts.document import HEALTH_MODEL, HEALTH_PATH, Declaration, Document, Field
from strangler.contracts.lint.finding import Company, Finding
from strangler.contracts.lint.type_rules import fields_of
from strangler.contracts.namespace import newest_versions, unversioned
from strangler.contracts.type_reference import BUILT_IN, innermost
from strangler.model.design import DesignRule
from strangler.model.template import normalised

_KEY = "id"
"""Each model has a key of its own type; another rule requires references to have the type of the key."""


def check_field_types(company: Company) -> Iterator[Finding]:
    """A field with a built-in type has that same type in every field of that name with a built-in type.

    Keys are exempt: a model identified by a UUID and one identified by a number both have an `id`. Of the versions of
    one service only the newest counts, because the others can no longer change.
    """
    newest = newest_versions(document.namespace for document in company.library)
    uses: dict[str, list[tuple[Document, str, Field]]] = {}
    for document in company.library:
        if document.namespace not in newest:
            continue
        for subject, field in fields_of(document):
            is_settled = field.name == _KEY or field.name in company.terms.fields
            if innermost(field.type).name in BUILT_IN and not is_settled:
                uses.setdefault(field.name, []).append((document, subject, field))
    for name, found in uses.items():
        single = [(document, subject, field) for document, subject, field in found if str(field.type) in BUILT_IN]
        counts = Counter(str(field.type) for _, _, field in single)
        usual = counts.most_common(1)[0][0] if counts else ""
        first = next((item for item in single if str(item[2].type) == usual), None)
        for _, subject, field in single:
            if str(field.type) != usual and first is not None:
                yield Finding(
                    field.place,
                    DesignRule.FIELD_TYPE,
                    subject,
                    f"{subject} is {field.type}, and {name} is {usual} in {first[0].name} ({first[1]})",
                    f'make it {usual}, give it another name, or settle it: fields = {{ {name} = "TYPE" }}'
                    " in [design.lint]",
                )


def check_type_owners(company: Company) -> Iterator[Finding]:
    """Each name is declared by one document; only the health check, which every service has, may be in each."""
    owners: dict[str, tuple[Document, Declaration]] = {}
    for document in company.library:
        for _, item in document.declarations:
            if item.name == HEALTH_MODEL:
                continue
            owner, _ = owners.setdefault(item.name, (document, item))
            if not _are_one(owner, document):
                yield Finding(
                    item.place,
                    DesignRule.TYPE_OWNER,
                    item.name,
                    f"{item.name} is declared by {document.name} and by {owner.name}",
                    f"import it from {owner.file}, or give one of them another name",
                )


def check_authorities(company: Company) -> Iterator[Finding]:
    """What one service creates and changes, no other service does."""
    writers: dict[str, Document] = {}
    for document in company.library:
        for resource in document.resources:
            if resource.type.built_in or all(operation.method.is_safe for operation in resource.operations):
                continue
            owner = company.library.owners.get(resource.type.name, document)
            first = writers.setdefault(resource.type.short, owner)
            if not _are_one(first, document):
                yield Finding(
                    resource.place,
                    DesignRule.AUTHORITY,
                    resource.type.short,
                    f"{document.name} changes {resource.type.short}, whose authority is {first.name}",
                    f"ask {first.name} to change it, or follow its events and only read",
                )


def check_path_owners(company: Company) -> Iterator[Finding]:
    """No two services answer the same requests."""
    owners: dict[str, Document] = {}
    for document in company.library:
        for operation in document.operations:
            if operation.path == HEALTH_PATH:
                continue
            owner = owners.setdefault(f"{operation.method} {normalised(operation.path)}", document)
            if not _are_one(owner, document):
                yield Finding(
                    operation.place,
                    DesignRule.PATH_OWNER,
                    operation.name,
                    f"{operation.name} is answered by {document.name} and by {owner.name}",
                    "give it to one of them",
                )


def _are_one(first: Document, second: Document) -> bool:
    """Whether two documents are versions of one service."""
    return unversioned(first.namespace) == unversioned(second.namespace)
