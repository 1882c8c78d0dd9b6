"""How progress looks on a terminal, in a log and to a program."""

from __future__ import annotations

import io
import json

import pytest

from strangler.cli.common_options import ProgressMode
from strangler.cli.progress import show_progress

MIDNIGHT = 1_795_392_000.0


class Clock:
    """Shows the time a test sets."""

    def __init__(self) -> None:
        self.now = MIDNIGHT

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


def shown(mode: ProgressMode, steps: int = 5, total: int | None = 20) -> list[str]:
    """Report four units every six seconds and return the lines that appear."""
    stream, clock = io.StringIO(), Clock()
    with show_progress(mode, stream, clock) as progress:
        progress.start("parse", total)
        for _ in range(steps):
            clock.now += 6
            progress.advance(4)
        progress.finish()
    return stream.getvalue().splitlines()


def test_a_log_gets_one_line_per_ten_seconds_and_one_at_the_end() -> None:
    """Each line can be read alone: when, what, how far, how fast, how long still."""
    assert shown(ProgressMode.PLAIN) == [
        "2026-11-23T00:00:12Z parse 8/20 40% 1/s ETA 18s",
        "2026-11-23T00:00:24Z parse 16/20 80% 1/s ETA 6s",
        "2026-11-23T00:00:30Z parse 20/20 1/s done in 30s",
    ]


def test_an_unknown_total_has_no_percentage_and_no_time_left() -> None:
    """Nobody guesses what nobody knows."""
    assert shown(ProgressMode.PLAIN, steps=2, total=None) == [
        "2026-11-23T00:00:12Z parse 8 1/s",
        "2026-11-23T00:00:12Z parse 8 1/s done in 12s",
    ]


@pytest.mark.parametrize(("steps", "duration"), [(11, "1m06s"), (700, "1h10m")])
def test_long_durations_are_readable(steps: int, duration: str) -> None:
    """Minutes and hours instead of thousands of seconds."""
    assert shown(ProgressMode.PLAIN, steps=steps)[-1].endswith(f"done in {duration}")


def test_a_program_gets_one_json_object_per_line() -> None:
    """Seconds and units per second as numbers."""
    lines = [json.loads(line) for line in shown(ProgressMode.JSON, steps=1)]
    assert lines == [
        {
            "time": "2026-11-23T00:00:06+00:00",
            "stage": "parse",
            "done": 4,
            "total": 20,
            "rate": 0.7,
            "eta": 24.0,
            "ended": ended,
        }
        for ended in (False, True)
    ]


def test_none_shows_nothing() -> None:
    """For scripts that want silence."""
    assert shown(ProgressMode.NONE) == []


def test_without_a_terminal_auto_is_plain() -> None:
    """A log file is no place for moving bars."""
    assert shown(ProgressMode.AUTO) == shown(ProgressMode.PLAIN)


def test_a_terminal_gets_live_bars_that_vanish() -> None:
    """What remains on the terminal is the result, not the bars."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    with show_progress(ProgressMode.AUTO, terminal) as progress:
        progress.start("parse", 2)
        progress.advance()
        progress.finish()
    assert "parse" in terminal.getvalue()
    assert terminal.getvalue().endswith(("\x1b[2K", "\x1b[?25h", "\x1b[1A\x1b[2K"))


def test_the_time_left_follows_what_is_allowed() -> None:
    """What an earlier run did is not taken for speed, and a limit counts from when it is set."""
    stream, clock = io.StringIO(), Clock()
    with show_progress(ProgressMode.JSON, stream, clock) as progress:
        progress.start("copy", 10_000, 5_000)
        clock.now += 2
        progress.advance(2_000)
        progress.limit(100)
        clock.now += 2
        progress.advance(1_000)
        progress.limit(None)
        clock.now += 2
        progress.advance(1_000)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(line["done"], line["rate"], line["eta"]) for line in lines] == [
        (7_000, 1_000, 3.0),
        (8_000, 500, 20.0),
        (9_000, 500, 2.0),
    ]


def test_a_slower_run_is_told_by_what_it_did_lately() -> None:
    """A minute at a thousand per second says nothing of what comes when it crawls now."""
    stream, clock = io.StringIO(), Clock()
    with show_progress(ProgressMode.JSON, stream, clock) as progress:
        progress.start("copy", 100_000)
        for rate in [1_000] * 60 + [10] * 40:
            clock.now += 1
            progress.advance(rate)
    last = json.loads(stream.getvalue().splitlines()[-1])
    assert last["rate"] == 10
    assert last["eta"] == (100_000 - 60_400) / 10
