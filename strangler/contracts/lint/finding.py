"""The findings of the linter, and the reason for each rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from strangler.contracts.document import Document
from strangler.contracts.library import Library
from strangler.model.design import DesignRule, LintTerms
from strangler.model.location import Location

REASONS: Mapping[DesignRule, str] = MappingProxyType(
    {
        DesignRule.HEALTH_CHECK: "Whatever runs services checks the health of each in the same way.",
        DesignRule.NAMESPACE: "The namespace contains the major version, so that two versions can exist side by side.",
        DesignRule.NAME: "Names follow one style everywhere: a client never guesses between userId and user_id.",
        DesignRule.DESCRIPTION: "Other teams read the document; a name alone says too little.",
        DesignRule.UNUSED: "Nobody keeps a type correct that nothing sends or answers.",
        DesignRule.ANNOTATION: "Annotations are for programs, which know only those that the company has agreed on.",
        DesignRule.PERSONAL_DATA: "Whether a field is about a person is decided, not guessed: the law depends on it.",
        DesignRule.DEFAULT: "A default outside its enum fails at the first client that needs it.",
        DesignRule.COMMON_FIELD: "A well-known field has one type in the whole company.",
        DesignRule.MONEY: "A double cannot represent an amount of money exactly.",
        DesignRule.REFERENCE: "A reference has the type of the key it refers to; otherwise nobody can follow it.",
        DesignRule.MAPPING: "A mapping between two things has a key of its own and names both.",
        DesignRule.FIELD_TYPE: "Fields of one name have one type everywhere, so that values can be passed on.",
        DesignRule.TYPE_OWNER: "A type has one owner; others import it, or there will be two types with one name.",
        DesignRule.AUTHORITY: "Only one service creates and changes the same information.",
        DesignRule.PATH_OWNER: "One service answers a path.",
        DesignRule.PATH_CASE: "Paths are lower case: some clients and proxies are case-sensitive, others are not.",
        DesignRule.TRAILING_SLASH: "One resource has one path.",
        DesignRule.PATH_PARAMETER: "A parameter of a path has the type of the field it names.",
        DesignRule.LIST_PARAMETERS: "All lists have the same parameters: id, limit, offset and sort, in this order.",
        DesignRule.LIMIT_BOUND: "A list without a limit will answer all rows of a table some day.",
        DesignRule.ARRAY_BOUND: "An array without a bound in a request makes URLs that proxies refuse.",
        DesignRule.RESPONSES: "Clients handle the same answers everywhere.",
        DesignRule.ERROR_MODEL: "Errors have one shape, so that the same code can read all of them.",
        DesignRule.BODY: "Proxies and clients drop the body of a request that only reads or deletes.",
        DesignRule.FORM: "A client sends another type than it gets, because it cannot set keys and times.",
        DesignRule.DISCRIMINATOR: "All unions distinguish their types by the same field.",
        DesignRule.EVENT_PAIR: "A consumer that learns that something exists must learn when it is deleted.",
        DesignRule.EVENT_FIELDS: "Events begin with event_id and timestamp, by which consumers recognise duplicates.",
        DesignRule.EVENT_PAYLOAD: "An event contains its subject, so that nobody has to ask for it.",
        DesignRule.EVENT_STREAM: "An event without a stream reaches nobody.",
        DesignRule.STREAM_NAME: "The name of a stream states service, version, union and serialization.",
        DesignRule.UNKNOWN_USE: "What a service uses of another must exist; otherwise its first call fails.",
        DesignRule.DEPRECATED_USE: "What is deprecated will be removed, and its users will break.",
        DesignRule.CALL_CIRCLE: "A cycle of calls waits for itself. Events may form cycles.",
        DesignRule.CALL_DEPTH: "Each further call in a chain adds its time, and can fail.",
        DesignRule.LATENCY: "No answer can be faster than the calls it waits for.",
    }
)
"""For each rule, one sentence that says why it exists."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One breach of a rule. `subject` names what breaks it, without line numbers; `remedy` says how to fix it."""

    location: Location
    rule: DesignRule
    subject: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Company:
    """All documents, and the terms that apply to them."""

    library: Library
    terms: LintTerms


DocumentCheck = Callable[[Document], Iterator[Finding]]
"""Checks one document on its own."""
MemberCheck = Callable[[Document, Company], Iterator[Finding]]
"""Checks one document with the help of the others."""
CompanyCheck = Callable[[Company], Iterator[Finding]]
"""Checks all documents together."""
