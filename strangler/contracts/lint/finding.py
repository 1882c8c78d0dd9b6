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
        DesignRule.HEALTH_CHECK: "Whatever runs a service asks every one in the same way whether it is well.",
        DesignRule.NAMESPACE: "The namespace says the major version, so that two of them can live side by side.",
        DesignRule.NAME: "Names look alike everywhere: a client never guesses between userId and user_id.",
        DesignRule.DESCRIPTION: "The document is what other teams read; a name alone says too little.",
        DesignRule.UNUSED: "What nothing sends or answers is not kept right by anybody.",
        DesignRule.ANNOTATION: "Annotations are for programs, which know only those the company has agreed on.",
        DesignRule.PERSONAL_DATA: "Whether a field is about a person is decided, not guessed: law depends on it.",
        DesignRule.DEFAULT: "A default that is no value of its enum is found by the first client that needs it.",
        DesignRule.COMMON_FIELD: "A well-known field has one type in the whole company.",
        DesignRule.MONEY: "A double can not hold an amount of money exactly.",
        DesignRule.REFERENCE: "A reference has the type of the key it refers to, or it can not be followed.",
        DesignRule.MAPPING: "What maps one thing to another has a key of its own and names both.",
        DesignRule.FIELD_TYPE: "A field of one name has one type everywhere, so that values can be handed on.",
        DesignRule.TYPE_OWNER: "A type has one owner; others import it, or it becomes two types with one name.",
        DesignRule.AUTHORITY: "The same information is created and changed by one service only.",
        DesignRule.PATH_OWNER: "A path is answered by one service.",
        DesignRule.PATH_CASE: "Paths are lower case: some clients and proxies tell case apart, and others do not.",
        DesignRule.TRAILING_SLASH: "One resource has one path.",
        DesignRule.PATH_PARAMETER: "The parameter of a path has the type of the field it names.",
        DesignRule.LIST_PARAMETERS: "All lists are asked for alike: id, limit, offset and sort, in this order.",
        DesignRule.LIMIT_BOUND: "A list without a limit answers all rows of a table some day.",
        DesignRule.ARRAY_BOUND: "An array in a request without a bound makes a URL that proxies refuse.",
        DesignRule.RESPONSES: "Clients handle the same answers everywhere.",
        DesignRule.ERROR_MODEL: "Errors have one shape, so that one piece of code reads them.",
        DesignRule.BODY: "Proxies and clients drop the body of a request that only reads or deletes.",
        DesignRule.FORM: "What a client sends is another type than what it gets, with keys and times it can not set.",
        DesignRule.DISCRIMINATOR: "All unions tell their types apart by one field.",
        DesignRule.EVENT_PAIR: "Who is told that something is there must be told when it is gone.",
        DesignRule.EVENT_FIELDS: "Events begin with event_id and timestamp: consumers drop what they know by them.",
        DesignRule.EVENT_PAYLOAD: "An event carries what it is about, so that nobody has to ask back.",
        DesignRule.EVENT_STREAM: "An event that no stream publishes reaches nobody.",
        DesignRule.STREAM_NAME: "The name of a stream says service, version, union and how events are written.",
        DesignRule.UNKNOWN_USE: "What a service uses of another one is there, or its first call finds out.",
        DesignRule.DEPRECATED_USE: "What is deprecated goes away, and all who use it with it.",
        DesignRule.CALL_CIRCLE: "Who calls in a circle waits for itself. Events may go in circles.",
        DesignRule.CALL_DEPTH: "Each call behind another one adds its time, and one more that can fail.",
        DesignRule.LATENCY: "No answer comes sooner than what it waits for.",
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
