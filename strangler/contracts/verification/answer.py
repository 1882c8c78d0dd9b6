"""A request to a service, and its outcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from strangler.contracts.document import Method


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `target` is the path and query, percent-encoded."""

    method: Method
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A service's answer; header names are in lower case, and a body that is too long is truncated."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_cut: bool = False


class Silence(StrEnum):
    """Why there is no answer."""

    UNREACHABLE = "unreachable"
    """Nobody accepts connections."""
    BROKEN = "broken"
    """The connection ended, or the answer was not HTTP."""
    SLOW = "slow"
    """Nothing, or only a part, arrived in time."""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """No answer; `what` describes why."""

    reason: Silence
    what: str


Outcome: TypeAlias = Answer | NoAnswer
Send: TypeAlias = Callable[[Request], Outcome]
"""Sends one request; raises no errors."""
