"""The rules that all design documents of a company must follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class DesignRule(StrEnum):
    """The codes of the rules of `strangler design lint`."""

    HEALTH_CHECK = "healthcheck"
    NAMESPACE = "namespace"
    NAME = "name"
    DESCRIPTION = "description"
    UNUSED = "unused-type"
    ANNOTATION = "annotation"
    PERSONAL_DATA = "personal-data"
    DEFAULT = "default"
    COMMON_FIELD = "common-field"
    MONEY = "money"
    REFERENCE = "reference-type"
    MAPPING = "mapping-model"
    FIELD_TYPE = "field-type"
    TYPE_OWNER = "type-owner"
    AUTHORITY = "authority"
    PATH_OWNER = "path-owner"
    PATH_CASE = "path-case"
    TRAILING_SLASH = "trailing-slash"
    PATH_PARAMETER = "path-parameter"
    LIST_PARAMETERS = "list-parameters"
    LIMIT_BOUND = "limit-bound"
    ARRAY_BOUND = "array-bound"
    RESPONSES = "standard-responses"
    ERROR_MODEL = "error-model"
    BODY = "body"
    FORM = "form"
    DISCRIMINATOR = "discriminator"
    EVENT_PAIR = "event-pair"
    EVENT_FIELDS = "event-fields"
    EVENT_PAYLOAD = "event-payload"
    EVENT_STREAM = "event-stream"
    STREAM_NAME = "stream-name"
    UNKNOWN_USE = "unknown-use"
    DEPRECATED_USE = "deprecated-use"
    CALL_CIRCLE = "call-circle"
    CALL_DEPTH = "call-depth"
    LATENCY = "latency"


COMMON_FIELDS: Mapping[str, str] = {
    "email": "string",
    "event_id": "string",
    "timestamp": "date-time-iso8601",
    "created_at": "date-time-iso8601",
    "updated_at": "date-time-iso8601",
    "deleted_at": "date-time-iso8601",
}
"""The default type of fields with a common name, where the company sets none."""


@dataclass(frozen=True, slots=True)
class LintTerms:
    """``[design.lint]``: which rules apply, and what they leave to the company.

    `exempt` has, for a rule, the subjects it ignores, as findings name them. `fields` has the required type of a field
    by its name, `annotations` the company's own annotations in addition to the standard ones. `depth`
    (``[targets] depth``) is the longest allowed chain of calls, None for any length.
    """

    disabled: frozenset[DesignRule] = frozenset()
    exempt: Mapping[DesignRule, tuple[str, ...]] = field(default_factory=dict[DesignRule, tuple[str, ...]])
    fields: Mapping[str, str] = field(default_factory=lambda: COMMON_FIELDS)
    annotations: tuple[str, ...] = ()
    discriminator: str = "discriminator"
    depth: int | None = None


LINT_TERMS = LintTerms()
