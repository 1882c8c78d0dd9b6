"""What producer, design document and project file agree on about events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from strangler.model.authority import Side
from strangler.model.errors import InputError


class PersonalData(StrEnum):
    """What becomes of fields annotated ``personal_data`` in events."""

    PUBLISH = "publish"
    LEAVE_OUT = "leave-out"
    HASH = "hash"
    """Their SHA-256 in hexadecimal digits: equal values stay equal, and whoever can guess a value finds it."""


@dataclass(frozen=True, slots=True)
class EventTerms:
    """``[services.NAME.events]``.

    `environment` stands in front of every stream's name. `models` says which model of the document the rows of a table
    of the service are, where that is not called like it. `personal_data` is None while nobody has decided.
    """

    environment: str | None = None
    personal_data: PersonalData | None = None
    models: Mapping[str, str] = field(default_factory=dict[str, str])


EVENT_TERMS = EventTerms()


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """A row of a table of the service as a change left it, or as it was when it went (`gone`).

    `event_id` is derived from the journal's record: the same change has the same. `key` is the row's key as text,
    `row` the JSON object of its columns, numbers with all their digits. `changed_at` is in seconds since 1970.
    `transaction` is the same for all changes of one transaction. `correlation` and `causation` are what its writer has
    said to have led to it.
    """

    event_id: str
    side: Side
    table: str
    key: str
    gone: bool
    row: str
    changed_at: float
    transaction: str
    correlation: str | None = None
    causation: str | None = None


@dataclass(frozen=True, slots=True)
class RenderedEvent:
    """An event of a union of the document: where it is published, which of the union it is, and its JSON object."""

    stream: str
    type: str
    data: str


class Renderer(Protocol):
    """Makes the event of a changed row, as a design document has it."""

    def __call__(self, changed: ChangedRow, /) -> RenderedEvent | None:
        """Return None where the document publishes no rows of the table; UnfitEventError where a row does not fit."""
        ...


class UnfitEventError(InputError):
    """A changed row is not what the document says of it: nothing behind it is published."""

    def __init__(self, service: str, changed: ChangedRow, reason: str) -> None:
        super().__init__(
            f"the row {changed.key} of {changed.table} does not fit the design document: {reason}",
            where=f"event {changed.event_id}",
            remedy=f"mend the document or the mapping; to leave this event out for good: strangler events publish"
            f" {service} --skip {changed.event_id}",
        )
        self.service = service
        self.changed = changed
        self.reason = reason
