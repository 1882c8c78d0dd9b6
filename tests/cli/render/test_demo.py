"""What the demo writes into logs and pipes."""

from __future__ import annotations

from strangler.cli.render.demo import TITLES, PlainAudience
from strangler.demo.story import Step, StepResult


def _told(*, verbose: bool) -> list[str]:
    lines: list[str] = []
    audience = PlainAudience(lines.append, verbose=verbose)
    for step in Step:
        audience.begin(step)
        audience.command("strangler etl verify reviews")
        audience.pulse(None)
        audience.end(StepResult(step, 1.5, "9 rows compared", failed=step is Step.AGAIN))
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
