"""The wait for a fleet's answers, whose time is up as soon as those who will answer have done so."""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import FIRST_COMPLETED, Future, wait

import pytest

AWAITED_SECONDS = 60.0
"""What a fleet is to wait for an answer, so that a busy machine gives it in time."""


def time_is_up(monkeypatch: pytest.MonkeyPatch, silent: Callable[[], int]) -> None:
    """Let a fleet wait until all but `silent()` gateways have answered, instead of its seconds."""

    def waited(answers: Collection[Future[object]], seconds: float) -> None:
        assert seconds == AWAITED_SECONDS
        pending = set(answers)
        while len(pending) > silent():
            done, pending = wait(pending, seconds, FIRST_COMPLETED)
            assert done, "nobody answers"

    monkeypatch.setattr("strangler_gateway.admin.fleet.wait", waited)
