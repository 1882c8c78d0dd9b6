"""The output of `strangler demo`: the steps while they run, and the table of proof."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import rich.console
from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from strangler.demo.load.measure import Figures, Pulse, Summary
from strangler.demo.phases import Phase
from strangler.demo.proof import Proof
from strangler.demo.story import Audience, Result, Step, StepResult

TITLES: dict[Step, str] = {
    Step.PREPARE: "databases for a shop and its new service",
    Step.ANALYZE: "analyze the monolith",
    Step.MAP: "walk one request",
    Step.GATEWAY: "gateway in front; the load begins",
    Step.JOURNAL: "record every change from here on",
    Step.BACKFILL: "copy what is there, follow what changes",
    Step.VERIFY: "verify the copy, row by row",
    Step.SHADOW: "ask both sides, compare the answers",
    Step.SHARE: "10 % of the reads to the new service",
    Step.CUTOVER: "cut over: the new service has the authority",
    Step.ROLLBACK: "roll back: the monolith has it again",
    Step.AGAIN: "cut over again",
}
_TITLE = max(map(len, TITLES.values()))
_FIGURES = ("failed", "p50 ms", "p99 ms", "longest ms")
_QUEUE_MILLISECONDS = 1_000.0
"""A median latency of reads that only occurs if the machine is too busy for the rate."""


class PlainAudience:
    """Writes one line per step with its result, for logs and pipes; `verbose` adds the commands and the load."""

    def __init__(self, write: Callable[[str], object], *, verbose: bool = False) -> None:
        self._write = write
        self._verbose = verbose
        self._pulse: Pulse | None = None

    def begin(self, step: Step) -> None:
        """Write the title, if details are to follow."""
        if self._verbose:
            self._write(f"\n{step}: {TITLES[step]}")

    def command(self, line: str) -> None:
        """Write the command line, if `verbose`."""
        if self._verbose:
            self._write(f"  $ {line}")

    def pulse(self, pulse: Pulse | None) -> None:
        """Keep the pulse for the end of the step."""
        self._pulse = pulse

    def end(self, result: StepResult) -> None:
        """Write the result."""
        found = f"{'FAILED: ' if result.failed else ''}{result.note}"
        if not self._verbose:
            self._write(f"{_number(result.step):>2} {TITLES[result.step]:<{_TITLE}} {result.seconds:5.1f} s  {found}")
            return
        self._write(f"  {found} ({result.seconds:.1f} s)")
        if self._pulse is not None:
            self._write(f"  load: {pulse_line(self._pulse)}")


class LiveAudience:
    """Keeps a table of the steps up to date on a terminal."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._ended: list[StepResult] = []
        self._step: Step | None = None
        self._command = ""
        self._pulse: Pulse | None = None

    def begin(self, step: Step) -> None:
        """Show that the step is running."""
        self._step, self._command = step, ""
        self._show()

    def command(self, line: str) -> None:
        """Show the command line beside the step."""
        self._command = f"$ {line}"
        self._show()

    def pulse(self, pulse: Pulse | None) -> None:
        """Show the load below the steps."""
        if pulse != self._pulse:
            self._pulse = pulse
            self._show()

    def end(self, result: StepResult) -> None:
        """Mark the step as done, with its result."""
        self._ended.append(result)
        self._step = None
        self._show()

    def _show(self) -> None:
        table = Table.grid(padding=(0, 1))
        shown: rich.console.RenderableType = table
        for result in self._ended:
            mark = Text("✗", "bold red") if result.failed else Text("✓", "green")
            note = Text(result.note, "red" if result.failed else "dim")
            table.add_row(mark, TITLES[result.step], Text(f"{result.seconds:5.1f} s", "dim"), note)
        if self._step is not None:
            table.add_row(Text("▸", "bold"), Text(TITLES[self._step], "bold"), "", Text(self._command, "cyan"))
        if self._pulse is not None:
            shown = Group(table, f"\n≈ load: {pulse_line(self._pulse)}")
        self._live.update(shown, refresh=True)


@contextmanager
def show_story(console: rich.console.Console, *, verbose: bool = False) -> Generator[Audience]:
    """Show the story told inside the block: live on a terminal; elsewhere, or if `verbose`, line by line."""
    if console.is_terminal and not verbose:
        with Live(console=console, auto_refresh=False, vertical_overflow="visible") as live:
            yield LiveAudience(live)
    else:
        yield PlainAudience(lambda line: console.file.write(f"{line}\n"), verbose=verbose)


@dataclass(frozen=True, slots=True)
class ProofTable:
    """The end of the demo: the requests, the answers, and what the database holds."""

    result: Result

    def __rich_console__(
        self, console: rich.console.Console, options: rich.console.ConsoleOptions
    ) -> rich.console.RenderResult:
        if self.result.summary is not None:
            yield Text("\nUnder load", "bold")
            yield _load_table(self.result.summary)
            yield Text("\nStep by step", "bold")
            yield _phase_table(self.result.phases)
            if _saturated(self.result.summary):
                yield Text(_of_the_queue(self.result.summary), "yellow")
        if self.result.proof is not None:
            yield Text("\nProof", "bold")
            yield _proof_table(self.result.proof)
        if self.result.unseen:
            steps = ", ".join(f"{_number(step)} {step}" for step in self.result.unseen)
            yield Text(
                f"no request that was due in {steps} was answered: this shows nothing of what a move costs", "red"
            )
        for failure, times in (self.result.summary.failures if self.result.summary else {}).items():
            yield Text(f"failed {times} times: {failure}", "red")
        for example in self.result.proof.examples if self.result.proof else ():
            yield Text(example, "red")


def pulse_line(pulse: Pulse) -> str:
    """Return the state of the load in one line."""
    return (
        f"{pulse.sent:,} requests, {pulse.failed} failed, {pulse.acknowledged:,} writes acknowledged; "
        f"now p50 {pulse.recent.p50:.0f} ms, p99 {pulse.recent.p99:.0f} ms; longest pause {pulse.longest_write:.0f} ms"
    )


def _saturated(summary: Summary) -> bool:
    """Whether more requests were due than this machine could answer."""
    return summary.unsent > 0 or summary.reads.p50 > _QUEUE_MILLISECONDS


def _of_the_queue(summary: Summary) -> str:
    numbers = (summary.offered, summary.reads.sent + summary.writes.sent)
    due, answered = (number / max(summary.seconds, 1) for number in numbers)
    unsent = f"; {summary.unsent:,} were never sent" if summary.unsent else ""
    return (
        f"{due:.0f} requests a second were due and {answered:.0f} were answered{unsent}: these are the times of a queue"
        f" before a busy machine. Ask for less: --rate {max(4, answered / 2):.0f}"
    )


def _load_table(summary: Summary) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("requests")
    for name in ("sent", *_FIGURES):
        table.add_column(name, justify="right")
    kinds: tuple[tuple[str, Figures], ...] = (
        ("reads", summary.reads),
        ("writes", summary.writes),
        ("own writes read back", summary.probes),
    )
    for name, figures in kinds:
        table.add_row(name, f"{figures.sent:,}", *_cells(figures))
    return table


def _phase_table(phases: Sequence[Phase]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("requests due in", no_wrap=True)
    for name in ("answered/s", *_FIGURES):
        table.add_column(name, justify="right")
    for phase in phases:
        table.add_row(f"{_number(phase.step):>2} {phase.step}", f"{phase.answered:.0f}", *_cells(phase.figures))
    return table


def _proof_table(proof: Proof) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_row(f"writes acknowledged (the authority is {proof.side})", f"{proof.acknowledged:,}")
    table.add_row("found once", f"{proof.found:,}")
    table.add_row("lost", _count(proof.lost))
    table.add_row("doubled", _count(proof.doubled))
    table.add_row("there, and not to be", _count(proof.unexpected))
    if proof.unknown:
        table.add_row("of unknown outcome: either is right", f"{proof.unknown:,}")
    return table


def _cells(figures: Figures) -> tuple[Text, str, str, str]:
    """The cells of a row below the headings `_FIGURES`."""
    return _count(figures.failed), f"{figures.p50:.1f}", f"{figures.p99:.1f}", f"{figures.longest:.0f}"


def _number(step: str) -> int:
    return list(Step).index(Step(step)) + 1


def _count(number: int) -> Text:
    return Text(f"{number:,}", "green" if number == 0 else "bold red")
