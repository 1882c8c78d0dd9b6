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
        ChangeRule.OPERATION_REMOVED: "Who asks for it gets an error.",
        ChangeRule.OPERATION_ADDED: "Nobody asks for it yet.",
        ChangeRule.PARAMETER_REMOVED: "Who sends it is refused, or gets something else than asked for.",
        ChangeRule.PARAMETER_ADDED: "It breaks who does not send it, where it must be sent.",
        ChangeRule.BODY: "A request may lose nothing that was understood, and gain nothing that must be sent.",
        ChangeRule.RESPONSE_REMOVED: "Success that looks otherwise is not understood; an error less hurts nobody.",
        ChangeRule.RESPONSE_ADDED: "Another success is not understood; another error is handled by its class.",
        ChangeRule.STREAM_REMOVED: "Consumers wait for ever.",
        ChangeRule.STREAM_ADDED: "Nobody consumes it yet.",
        ChangeRule.TYPE_REMOVED: "Documents that import it are not understood any more.",
        ChangeRule.FIELD_REMOVED: "What is answered may lose nothing; what is sent and not understood is lost.",
        ChangeRule.FIELD_ADDED: "Readers pass over what they do not know; a sender does not know what it must send.",
        ChangeRule.REQUIREMENT: "What is sent may lose requirements, and gain none; what is answered the reverse.",
        ChangeRule.TYPE: "What is sent may be of a wider type, what is answered of a narrower one.",
        ChangeRule.BOUND: "What is sent may have wider bounds, what is answered narrower ones.",
        ChangeRule.DEFAULT: "Who leaves it out means something else than before.",
        ChangeRule.VALUES: "An enum that is sent may gain values, one that is answered may lose some.",
        ChangeRule.MEMBERS: "A union that is sent may gain types, one that is answered may lose some.",
        ChangeRule.DISCRIMINATOR: "Readers do not find out what they have.",
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
