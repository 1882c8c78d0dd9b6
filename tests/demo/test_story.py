"""The steps of the demo."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from strangler.cli.demo import FEWEST_ORDERS
from strangler.cli.main import run
from strangler.demo.processes import Process, Processes, Program
from strangler.demo.story import MOVE_TRIES, CommandError, until_settled

GIVEN_UP, FINDINGS = 4, 1


def test_a_move_that_is_given_up_is_begun_again(tmp_path: Path) -> None:
    """It has changed nothing; a machine that was too busy may not be any more."""
    rests: list[str] = []
    with Processes(tmp_path) as processes:
        process, given_up = until_settled(_moves(processes, GIVEN_UP, GIVEN_UP, 0), lambda: rests.append("rest"))
    assert (process.status, given_up, rests) == (0, 2, ["rest", "rest"])


def test_a_move_that_is_given_up_again_and_again_fails(tmp_path: Path) -> None:
    """The last error is told."""
    with Processes(tmp_path) as processes, pytest.raises(CommandError, match="ended with status 4"):
        until_settled(_moves(processes, *[GIVEN_UP] * MOVE_TRIES, 0), lambda: None)


def test_a_move_that_finds_something_wrong_is_not_begun_again(tmp_path: Path) -> None:
    """Rows that differ do not go away by asking again."""
    with Processes(tmp_path) as processes, pytest.raises(CommandError, match="ended with status 1"):
        until_settled(_moves(processes, FINDINGS, 0), lambda: None)


def _moves(processes: Processes, *statuses: int) -> Callable[[], Process]:
    remaining = iter(statuses)

    def move() -> Process:
        status = next(remaining)
        program = Program("move", (sys.executable, "-c", f"raise SystemExit({status})"), processes.logs)
        process = processes.run(program, 30)
        if process.status:
            raise CommandError(process)
        return process

    return move


def test_a_shop_too_small_for_the_load_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """It would have fewer customers than the load asks in the name of."""
    assert run(["demo", "--orders", str(FEWEST_ORDERS - 1)]) == 2
    assert f"{FEWEST_ORDERS}" in capsys.readouterr().err
