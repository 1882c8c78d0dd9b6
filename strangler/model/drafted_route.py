"""A route of the monolith as it goes into the draft of a service's design document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class DraftedRoute:
    """One method of one path template; `place` is the file and line where it is declared.

    `types` has built-in types of design documents by the name of the placeholder, as far as the code reveals them.
    `doubt` is a question about the method that people must decide, empty when the code answers it. A non-empty
    `left_out` is the reason, written into the draft, why the route becomes no operation.
    """

    method: str
    path: str
    place: str
    types: Mapping[str, str] = field(default_factory=dict[str, str])
    doubt: str = ""
    left_out: str = ""
