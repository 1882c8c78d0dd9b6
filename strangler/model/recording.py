"""A recording of what a command did: the artefact of `strangler record`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class RecordedFunction:
    """A function of the application: its file below the source root, its first line with decorators, and its name."""

    file: str
    line: int
    name: str


@dataclass(frozen=True, slots=True)
class Recording:
    """One run of a command, all its processes together; numbers are indexes into `functions` and `requests`."""

    functions: tuple[RecordedFunction, ...] = ()
    adjacent: tuple[tuple[int, int], ...] = ()
    """Caller and callee in adjacent frames of the stack."""
    through: tuple[tuple[int, int], ...] = ()
    """The nearest caller in the application and the callee, with library frames between them."""
    requests: tuple[tuple[str, str], ...] = ()
    """Method and path of requests that the application answered."""
    statements: tuple[tuple[int | None, int | None, str], ...] = ()
    """The nearest function, the request (None when unknown), and an SQL statement without its values."""
