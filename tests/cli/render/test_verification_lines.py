"""What a verification prints."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from strangler.cli.render.verified import VerificationLines
from strangler.model.authority import Side
from strangler_etl.verification.comparison import Difference, DifferenceKind
from strangler_etl.verification.verification import Verification, VerifiedTable


@pytest.mark.parametrize(
    ("repaired", "authority", "said"),
    [
        (False, Side.V1, "mend them: strangler etl verify people --repair"),
        (True, Side.V1, "no repair mends these: see whether the journals are whole: strangler journal status people"),
        (True, Side.V2, "no repair mends these: they wait for another part of their row"),
    ],
)
def test_what_differs_has_a_next_step(repaired: bool, authority: Side, said: str) -> None:
    """After a repair it is another one than to repair."""
    missing = Difference("users", "1", DifferenceKind.MISSING, authority, "profile", "1")
    table = VerifiedTable("users", authority, 3, 0, 1, (missing,))
    found = Verification("people", authority, "1", 0.0, (table,))
    out = StringIO()
    Console(file=out, width=400).print(VerificationLines(found, show_values=False, repaired=repaired), soft_wrap=True)
    assert out.getvalue().splitlines()[-1].startswith(said)


def test_without_a_journal_what_differs_after_a_repair_was_written_meanwhile() -> None:
    """There is no journal to look at, and the next repair mends it."""
    missing = Difference("users", "1", DifferenceKind.MISSING, Side.V1, "profile", "1")
    table = VerifiedTable("users", Side.V1, 3, 0, 1, (missing,))
    found = Verification("people", Side.V1, "1", 0.0, (table,), followed=False)
    out = StringIO()
    Console(file=out, width=400).print(VerificationLines(found, show_values=False, repaired=True), soft_wrap=True)
    assert out.getvalue().splitlines()[-1] == (
        "what v1 has written meanwhile is among these, as its changes are not followed: strangler etl verify people"
        " --repair mends them, too"
    )


def test_what_waits_for_a_follower_that_stands_still_is_not_passed_over() -> None:
    """All that was compared is equal, and yet v1 lacks what v2 wrote."""
    table = VerifiedTable("users", Side.V2, 3, 1, 0, ())
    found = Verification("people", Side.V2, "1", 0.0, (table,), "the row 7 of party is of no kind")
    out = StringIO()
    Console(file=out, width=400).print(VerificationLines(found, show_values=False), soft_wrap=True)
    said = "what is on its way was not compared, as the follower stands still: the row 7 of party is of no kind"
    assert out.getvalue().splitlines()[-1] == said
