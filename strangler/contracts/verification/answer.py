"""Requests to a service, and what came back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from strangler.contracts.document import Method


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `target` is path and query, percent-encoded."""

    method: Method
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service answered; the names of headers are lower case, a body that is too long is cut."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_cut: bool = False


class Silence(StrEnum):
    """Why there is no answer."""

    UNREACHABLE = "unreachable"
    """Nobody accepts connections."""
    BROKEN = "broken"
    """The connection ended, or what came is no HTTP."""
    SLOW = "slow"
    """Nothing, or not all of it, came in time."""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """There is no answer; `what` says so in words."""

    reason: Silence
    what: str


Outcome: TypeAlias = Answer | NoAnswer
Send: TypeAlias = Callable[[Request], Outcome]
"""Sends one request; raises nothing."""
