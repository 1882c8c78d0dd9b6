"""A route of the monolith as the draft of a service's document has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class DraftedRoute:
    """One method of one path template; `place` is where it is declared.

    `types` are built-in types of documents by the names of placeholders, as far as the code says them. `doubt` is what
    people have to decide about the method, empty where the code says it. With `left_out` it is no operation: that says
    why, and stands in the draft.
    """

    method: str
    path: str
    place: str
    types: Mapping[str, str] = field(default_factory=dict[str, str])
    doubt: str = ""
    left_out: str = ""
