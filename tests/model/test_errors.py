"""Errors as a user and a process pool see them."""

from __future__ import annotations

import pickle

import pytest

from strangler.model.errors import (
    ConfigurationError,
    ExitCode,
    InputError,
    MissingExtraError,
    Problem,
    StranglerError,
    UnavailableError,
    UsageError,
)

ERRORS: list[StranglerError] = [
    UsageError("there is no command anlyze", remedy="did you mean analyze?"),
    InputError("there is no such folder", where="app"),
    UnavailableError("cannot be written: disk full", where=".strangler/graph.json"),
    MissingExtraError("strangler analyze", "analyze", "networkx"),
    ConfigurationError("unknown key rot", where="strangler.toml:2:1", remedy="did you mean root?"),
    ConfigurationError.of((Problem("a", "strangler.toml", 1, 1), Problem("b", "strangler.toml", 2, 5, "mend b"))),
]


@pytest.mark.parametrize(
    ("error", "message"),
    list(
        zip(
            ERRORS,
            [
                "there is no command anlyze; did you mean analyze?",
                "app: there is no such folder",
                ".strangler/graph.json: cannot be written: disk full",
                ("strangler analyze needs the package networkx, which is not installed; install strangler[analyze]"),
                "strangler.toml:2:1: unknown key rot; did you mean root?",
                "strangler.toml:1:1: a\nstrangler.toml:2:5: b; mend b",
            ],
            strict=True,
        )
    ),
)
def test_a_message_says_where_what_and_how_to_mend_it(error: StranglerError, message: str) -> None:
    """One line for each thing to mend, in the order place, fact, remedy."""
    assert str(error) == message


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_survives_pickling(error: StranglerError) -> None:
    """A worker process hands its error to the parent with every field."""
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), copy.__dict__) == (type(error), str(error), error.__dict__)


def test_exit_codes_follow_the_convention() -> None:
    """Usage 2, configuration and input 3, surroundings 4; a missing extra is a surrounding."""
    codes = [error.exit_code for error in ERRORS]
    assert codes == [ExitCode.USAGE, ExitCode.INPUT, *[ExitCode.ENVIRONMENT] * 2, *[ExitCode.INPUT] * 2]
