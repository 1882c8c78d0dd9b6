"""Events as the producer, the design document and the project file share them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from strangler.model.authority import Side
from strangler.model.errors import InputError


class PersonalData(StrEnum):
    """What happens in events to fields annotated ``personal_data``."""

    PUBLISH = "publish"
    LEAVE_OUT = "leave-out"
    HASH = "hash"
    """Replace them by their SHA-256 in hex: equal values stay equal, and anyone who guesses a value can confirm it."""


@dataclass(frozen=True, slots=True)
class EventTerms:
    """``[services.NAME.events]``.

    `environment` is the prefix of every stream's name. `models` has the document's model for the rows of a table of the
    service, where its name differs from the table's. `personal_data` is None while it is undecided.
    """

    environment: str | None = None
    personal_data: PersonalData | None = None
    models: Mapping[str, str] = field(default_factory=dict[str, str])


EVENT_TERMS = EventTerms()


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """A row of a table of the service after a change, or before its deletion (`gone`).

    `event_id` is derived from the journal's record, so the same change always has the same id. `key` is the row's key
    as text, `row` the JSON object of its columns, with exact numbers. `changed_at` is in unix seconds. `transaction` is
    equal for all changes of one transaction. `correlation` and `causation` are the ids that the writer gave as the
    change's origin.
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
    """An event of a union of the document: its stream, its type in the union, and its JSON object."""

    stream: str
    type: str
    data: str


class Renderer(Protocol):
    """Makes the event of a changed row, as a design document defines it."""

    def __call__(self, changed: ChangedRow, /) -> RenderedEvent | None:
        """Return the event, None when the document publishes none for the table; UnfitEventError for an unfit row."""
        ...


class UnfitEventError(InputError):
    """A changed row does not fit the design document; no later event is published before this is resolved."""

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
