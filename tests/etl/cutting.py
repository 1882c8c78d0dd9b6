"""Statements that are never sent, as if the process had ended before them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest

from strangler_etl.engine.database import Database

_STATEMENTS = frozenset({"rows", "carried", "execute", "upsert", "copy_in", "copy_out", "analyze"})


class CutOffError(BaseException):
    """The process is gone: nothing may catch this."""


def cut_off(database: Database, number: int, patch: pytest.MonkeyPatch) -> None:
    """Let the statement of this number, counted from 0, fail before it is sent."""
    statements = count()

    def ending(real: Callable[..., object]) -> Callable[..., object]:
        def statement(*arguments: object) -> object:
            if next(statements) == number:
                raise CutOffError
            return real(*arguments)

        return statement

    for name in _STATEMENTS & set(dir(database)):
        patch.setattr(database, name, ending(getattr(database, name)))
