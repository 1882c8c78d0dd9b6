"""What a running service can get wrong, and why each rule matters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from strangler.model.location import Location


class ContractRule(StrEnum):
    """The rules that answers and events must keep."""

    HEALTH = "health"
    FENCED = "fenced"
    NO_ANSWER = "no-answer"
    SLOW = "slow"
    SERVER_ERROR = "server-error"
    STATUS = "status"
    HEADER = "header"
    CONTENT_TYPE = "content-type"
    BODY = "body"
    MISSING_FIELD = "missing-field"
    UNKNOWN_FIELD = "unknown-field"
    NULL = "null"
    TYPE = "type"
    FORMAT = "format"
    ENUM = "enum"
    BOUND = "bound"
    DISCRIMINATOR = "discriminator"
    REFUSED_VALID = "refused-valid"
    ACCEPTED_INVALID = "accepted-invalid"
    DIFFERENCE = "difference"


CONTRACT_RULES: Mapping[ContractRule, str] = MappingProxyType(
    {
        ContractRule.HEALTH: "Whatever runs the service takes it for dead.",
        ContractRule.FENCED: "While the other side makes the writes, nothing can be said of what writes here.",
        ContractRule.NO_ANSWER: "A connection that ends without an answer leaves a client in doubt what was done.",
        ContractRule.SLOW: "A client that waits for ever fails with the service.",
        ContractRule.SERVER_ERROR: "No request may make a service fail, whatever is in it.",
        ContractRule.STATUS: "A client has no code for a status that the document does not name.",
        ContractRule.HEADER: "HTTP says which field a status comes with; clients and proxies rely on it.",
        ContractRule.CONTENT_TYPE: "A client chooses by it how to read the body.",
        ContractRule.BODY: "What can not be read is no answer, and what nobody declared is not read.",
        ContractRule.MISSING_FIELD: "A client relies on what the document promises.",
        ContractRule.UNKNOWN_FIELD: "What is answered and not declared is used by somebody, and kept by nobody.",
        ContractRule.NULL: "A field that may be missing is left out; null is no value of its type.",
        ContractRule.TYPE: "A typed client fails on another type.",
        ContractRule.FORMAT: "A client that parses the text fails on another form of it.",
        ContractRule.ENUM: "A client has no case for a value that the document does not name.",
        ContractRule.BOUND: "A client's columns and forms are as large as the document says.",
        ContractRule.DISCRIMINATOR: "Without it nobody knows which type of a union it is.",
        ContractRule.REFUSED_VALID: "Who keeps to the document must be served.",
        ContractRule.ACCEPTED_INVALID: "What is accepted once is sent for ever, and stands in the database.",
        ContractRule.DIFFERENCE: "Whoever is moved from one side to the other notices.",
    }
)
"""For each rule, one sentence that says why it matters."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One way in which a service deviates from its document.

    `operation` is ``GET /reviews/{id}``, or the union of an event. `subject` names what deviates, in words that stay
    the same between runs. `place` is where the document says what was expected. `case` says what was sent, and
    `request` is it as a shell command (for an event: ``FILE:LINE``); both are from the first of `count` occurrences.
    """

    rule: ContractRule
    operation: str
    subject: str
    place: Location
    expected: str
    came: str
    case: str
    request: str
    count: int = 1
