"""What a recorded command did: the artefact of `strangler record`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class RecordedFunction:
    """Code of the application: its file below the source root, the first line with decorators, and its own name."""

    file: str
    line: int
    name: str


@dataclass(frozen=True, slots=True)
class Recording:
    """One run of a command, all its processes together. Numbers are places in `functions` and `requests`."""

    functions: tuple[RecordedFunction, ...] = ()
    adjacent: tuple[tuple[int, int], ...] = ()
    """Caller and callee, one above the other on the stack."""
    through: tuple[tuple[int, int], ...] = ()
    """The nearest function of the application above, and the callee, with frames of libraries between them."""
    requests: tuple[tuple[str, str], ...] = ()
    """Method and path of requests the application answered."""
    statements: tuple[tuple[int | None, int | None, str], ...] = ()
    """The nearest function, the request, and a statement without its values."""
