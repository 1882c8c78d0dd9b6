"""The HTML forms: what was sent, and what is wrong with it, in Django's words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reviews_service.reviews import Review
from reviews_service.submission import LONGEST_TEXT, LONGEST_TITLE, NOT_STORABLE

RATINGS = tuple((str(stars), "★" * stars) for stars in range(5, 0, -1))
DECISIONS = (("published", "Publish"), ("rejected", "Reject"))


@dataclass(frozen=True)
class Field:
    """An input of a form; with ``options`` a select, with ``rows`` a text area."""

    name: str
    label: str
    longest: int | None = None
    options: tuple[tuple[str, str], ...] = ()
    rows: int = 0
    is_required: bool = True

    def problem(self, value: str) -> str | None:
        """What is wrong with ``value``, or None."""
        if not value:
            return "This field is required." if self.is_required else None
        if self.options and value not in dict(self.options):
            return f"Select a valid choice. {value} is not one of the available choices."
        if self.longest is not None and len(value) > self.longest:
            longest = f"Ensure this value has at most {self.longest} characters"
            return f"{longest} (it has {len(value)})."
        if NOT_STORABLE.search(value):
            return "Null characters are not allowed."
        return None


REVIEW_FIELDS = (
    Field("rating", "Rating", options=RATINGS),
    Field("title", "Title", longest=LONGEST_TITLE, is_required=False),
    Field("text", "Text", longest=LONGEST_TEXT, rows=6),
)
MODERATION_FIELDS = (
    Field("decision", "Decision", options=DECISIONS),
    Field("reason", "Reason", longest=120, is_required=False),
)


@dataclass(frozen=True)
class Form:
    """Fields with values and errors; ``label`` stands on the button."""

    fields: tuple[Field, ...]
    label: str = "Save"
    values: Mapping[str, str] = field(default_factory=dict[str, str])
    errors: Mapping[str, str] = field(default_factory=dict[str, str])

    def filled(self, sent: Mapping[str, Any]) -> "Form":
        """The form with what was sent, stripped and checked."""
        values = {name: str(sent.get(name, "")).strip() for name in self.names}
        problems = {each.name: each.problem(values[each.name]) for each in self.fields}
        errors = {name: problem for name, problem in problems.items() if problem is not None}
        return Form(self.fields, self.label, values, errors)

    @property
    def names(self) -> list[str]:
        return [each.name for each in self.fields]


REVIEW_FORM = Form(REVIEW_FIELDS)
MODERATION_FORM = Form(MODERATION_FIELDS, "Decide")


def form_of(review: Review) -> Form:
    """The form that changes ``review``."""
    values = {"rating": str(review.stars), "title": review.title, "text": review.body}
    return Form(REVIEW_FIELDS, values=values)
