"""What the demo writes into logs and pipes."""

from __future__ import annotations

from collections import Counter

import rich.console

from strangler.cli.render.demo import TITLES, PlainAudience, ProofTable
from strangler.demo.load.measure import Kind, Measures
from strangler.demo.phases import phase_of
from strangler.demo.story import Result, Step, StepResult


def _told(*, verbose: bool) -> list[str]:
    lines: list[str] = []
    audience = PlainAudience(lines.append, verbose=verbose)
    for step in Step:
        audience.begin(step)
        audience.command("strangler etl verify reviews")
        audience.pulse(None)
        audience.end(StepResult(step, 1_700_000_000.0, 1.5, "9 rows compared", failed=step is Step.AGAIN))
    return lines


def test_each_step_is_one_line_with_what_was_found() -> None:
    """A colleague reads twelve lines, not hundreds."""
    lines = _told(verbose=False)
    assert len(lines) == len(Step) == len(TITLES)
    assert lines[6] == " 7 verify the copy, row by row                   1.5 s  9 rows compared"
    assert lines[-1].endswith("  FAILED: 9 rows compared")


def test_commands_are_there_for_who_asks() -> None:
    """With --verbose."""
    assert _told(verbose=True)[:3] == [
        f"\nprepare: {TITLES[Step.PREPARE]}",
        "  $ strangler etl verify reviews",
        "  9 rows compared (1.5 s)",
    ]


def _shown(latency: float, unsent: int = 0) -> str:
    measures = Measures(0.0, unsent=unsent)
    for due in range(100 + unsent):
        measures.offer(due / 10, due / 10)
    for due in range(100):
        measures.count(Kind.READ, due / 10, due / 10 + latency, None)
    summary = measures.summary(20.0, 0.0, Counter())
    console = rich.console.Console(width=200)
    with console.capture() as captured:
        console.print(ProofTable(Result((), summary, (), None, None)))
    return captured.get()


def test_a_machine_that_can_not_keep_up_is_named() -> None:
    """Eighteen seconds for a read say nothing of what is shown, but of the queue before it."""
    assert "queue" not in _shown(0.02)
    assert "5 requests a second were due and 5 were answered: these are the times of a queue" in _shown(18.0)
    assert "10 requests a second were due and 5 were answered; 100 were never sent" in _shown(0.02, unsent=100)


def test_each_step_shows_how_the_shop_answered_in_it() -> None:
    """A pause of a move is seen in its own row, and not in that of the step before."""
    measures = Measures(0.0)
    for due in range(100):
        latency = 0.9 if due == 60 else 0.01
        measures.count(Kind.WRITE, due / 10, due / 10 + latency, None)
    phases = [
        phase_of(Step.SHARE, measures.samples, -1.0, 5.0),
        phase_of(Step.CUTOVER, measures.samples, 5.0, 10.0),
        phase_of(Step.ROLLBACK, measures.samples, 10.0, 12.0),
    ]
    summary = measures.summary(12.0, 0.0, Counter())
    console = rich.console.Console(width=200)
    with console.capture() as captured:
        console.print(ProofTable(Result((), summary, tuple(filter(None, phases)), None, None)))
    rows = captured.get().partition("Step by step\n")[2].splitlines()[1:]
    assert [row.split()[-5:] for row in rows] == [
        ["10", "0", "10.0", "10.0", "10"],
        ["10", "0", "10.0", "900.0", "900"],
    ]


def test_a_move_that_nobody_saw_shows_nothing() -> None:
    """A queue may hold the load up until the story is over."""
    measures = Measures(0.0)
    measures.count(Kind.READ, 0.0, 30.0, None)
    steps = [StepResult(step, at, 10.0, "done") for step, at in ((Step.SHARE, 0.0), (Step.CUTOVER, 10.0))]
    phases = [phase_of(one.step, measures.samples, one.begun, one.begun + one.seconds) for one in steps]
    result = Result(tuple(steps), measures.summary(40.0, 0.0, Counter()), tuple(filter(None, phases)), None, None)
    assert result.unseen == (Step.CUTOVER,)
    assert not result.succeeded
    console = rich.console.Console(width=200)
    with console.capture() as captured:
        console.print(ProofTable(result))
    assert "no request that was due in 10 cutover was answered" in captured.get()
