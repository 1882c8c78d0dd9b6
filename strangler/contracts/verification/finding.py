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
        ContractRule.FENCED: "While the other side has the authority, operations that write cannot be tested here.",
        ContractRule.NO_ANSWER: "After a connection without an answer, a client does not know what was done.",
        ContractRule.SLOW: "A client that waits for ever fails together with the service.",
        ContractRule.SERVER_ERROR: "No request may make a service fail, whatever it contains.",
        ContractRule.STATUS: "A client has no code for an undeclared status.",
        ContractRule.HEADER: "HTTP requires certain fields with a status; clients and proxies rely on them.",
        ContractRule.CONTENT_TYPE: "A client decides by it how to read the body.",
        ContractRule.BODY: "A client cannot use a malformed body, and does not read an undeclared one.",
        ContractRule.MISSING_FIELD: "A client relies on what the document promises.",
        ContractRule.UNKNOWN_FIELD: "Somebody will rely on an undeclared field, and nobody maintains it.",
        ContractRule.NULL: "An optional field is left out; null is not a value of its type.",
        ContractRule.TYPE: "A typed client fails on another type.",
        ContractRule.FORMAT: "A client that parses the text fails on another format.",
        ContractRule.ENUM: "A client has no case for an undeclared value.",
        ContractRule.BOUND: "A client's columns and forms are as large as the document says.",
        ContractRule.DISCRIMINATOR: "Without it nobody can tell the types of a union apart.",
        ContractRule.REFUSED_VALID: "A client that keeps to the document must be served.",
        ContractRule.ACCEPTED_INVALID: "What is accepted once will be sent for ever, and is stored in the database.",
        ContractRule.DIFFERENCE: "Clients that move from one side to the other notice it.",
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
