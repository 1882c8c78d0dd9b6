"""One difference between two versions of a document, and why its kind breaks clients or does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from strangler.contracts.use import Direction
from strangler.model.location import Location


class ChangeRule(StrEnum):
    """The kinds of change."""

    OPERATION_REMOVED = "operation-removed"
    OPERATION_ADDED = "operation-added"
    PARAMETER_REMOVED = "parameter-removed"
    PARAMETER_ADDED = "parameter-added"
    BODY = "body"
    RESPONSE_REMOVED = "response-removed"
    RESPONSE_ADDED = "response-added"
    STREAM_REMOVED = "stream-removed"
    STREAM_ADDED = "stream-added"
    TYPE_REMOVED = "type-removed"
    FIELD_REMOVED = "field-removed"
    FIELD_ADDED = "field-added"
    REQUIREMENT = "requirement"
    TYPE = "type"
    BOUND = "bound"
    DEFAULT = "default"
    VALUES = "values"
    MEMBERS = "members"
    DISCRIMINATOR = "discriminator"


CHANGE_RULES: Mapping[ChangeRule, str] = MappingProxyType(
    {
        ChangeRule.OPERATION_REMOVED: "Clients that use it get an error.",
        ChangeRule.OPERATION_ADDED: "Nobody uses it yet.",
        ChangeRule.PARAMETER_REMOVED: "Clients that send it are refused, or get something else.",
        ChangeRule.PARAMETER_ADDED: "A required one breaks clients that do not send it.",
        ChangeRule.BODY: "A request must not lose what was understood, or gain what must be sent.",
        ChangeRule.RESPONSE_REMOVED: "Clients do not understand a different success; one error less harms nobody.",
        ChangeRule.RESPONSE_ADDED: "Clients do not understand a new success; they handle a new error by its class.",
        ChangeRule.STREAM_REMOVED: "Consumers wait for ever.",
        ChangeRule.STREAM_ADDED: "Nobody consumes it yet.",
        ChangeRule.TYPE_REMOVED: "Documents that import it become invalid.",
        ChangeRule.FIELD_REMOVED: "An answer must not lose a field; a field that is sent and unknown is ignored.",
        ChangeRule.FIELD_ADDED: "Readers ignore unknown fields; senders do not send an unknown required one.",
        ChangeRule.REQUIREMENT: "What is sent may become optional, not required; for an answer it is the reverse.",
        ChangeRule.TYPE: "The type of what is sent may become wider, that of an answer narrower.",
        ChangeRule.BOUND: "The bounds of what is sent may become wider, those of an answer narrower.",
        ChangeRule.DEFAULT: "A request without the field means something else than before.",
        ChangeRule.VALUES: "An enum that is sent may gain values; one that is answered may lose values.",
        ChangeRule.MEMBERS: "A union that is sent may gain types; one that is answered may lose types.",
        ChangeRule.DISCRIMINATOR: "Readers cannot tell which type they have.",
    }
)
"""For each kind of change, why it may break somebody."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of `subject`. `way` is the direction of the value; `location` is a place in the new version."""

    rule: ChangeRule
    subject: str
    way: Direction
    breaking: bool
    message: str
    location: Location


def breaking(rule: ChangeRule, subject: str, way: Direction, message: str, location: Location) -> Change:
    """A change that always breaks something."""
    return Change(rule, subject, way, breaking=True, message=message, location=location)


def harmless(rule: ChangeRule, subject: str, way: Direction, message: str, location: Location) -> Change:
    """A change that never breaks anything."""
    return Change(rule, subject, way, breaking=False, message=message, location=location)
