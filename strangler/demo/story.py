"""The story of the demo: the steps of a move, one after the other, while the load runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import msgspec

from strangler.demo.expectation import expectation_of
from strangler.demo.load.generator import Rates, mixed
from strangler.demo.load.ledger import read_ledger
from strangler.demo.load.measure import Pulse, Sample, Summary
from strangler.demo.load.trial import MOST, rates_for
from strangler.demo.phases import Phase, phase_of
from strangler.demo.processes import Process, ProcessError
from strangler.demo.proof import Proof, prove
from strangler.demo.shadow import ENOUGH, PATHS, SAMPLE, ShadowReport, read, report_of, settled
from strangler.demo.shop import SEED_SECONDS
from strangler.demo.stage import RUN, SERVICE, Stage, expect_running
from strangler.demo.stored import authority_in, stored_in
from strangler.model.errors import ExitCode, StranglerError
from strangler.model.quantity import quantity
from strangler.project_reader import load_project
from strangler_gateway.admin.fleet import open_fleet
from strangler_gateway.engine import Engine

POLL_SECONDS = 0.1
COMMAND_SECONDS = 180.0
"""Longer than any command takes on a busy machine: one that takes longer hangs."""
MOVE_TRIES = 3
"""The number of attempts at a move: one that gives up has changed nothing, and an operator would repeat it."""
LOAD_END_SECONDS = 45.0
ROUTE = "GET /api/products/<int:product_id>/reviews"


class Step(StrEnum):
    """The steps in order; the values are those of `--until`."""

    PREPARE = "prepare"
    ANALYZE = "analyze"
    MAP = "map"
    GATEWAY = "gateway"
    JOURNAL = "journal"
    BACKFILL = "backfill"
    VERIFY = "verify"
    SHADOW = "shadow"
    SHARE = "share"
    CUTOVER = "cutover"
    ROLLBACK = "rollback"
    AGAIN = "again"


_MOVES = frozenset({Step.CUTOVER, Step.ROLLBACK, Step.AGAIN})


class StoryError(StranglerError):
    """A step of the demo failed: what the demo should show does not hold."""

    exit_code = ExitCode.FINDINGS


class CommandError(ProcessError):
    """A command ended with a status other than 0."""

    def __init__(self, process: Process) -> None:
        super().__init__(process.program.name, f"ended with status {process.status}", process.log)
        self.status = process.status


@dataclass(frozen=True, slots=True)
class StepResult:
    """How a step ended; `begun` is wall-clock time, `note` is its result in a few words."""

    step: Step
    begun: float
    seconds: float
    note: str
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """How the whole run ended; without the step `gateway` there was no load, and nothing to prove."""

    steps: tuple[StepResult, ...]
    summary: Summary | None
    phases: tuple[Phase, ...]
    proof: Proof | None
    shadow: ShadowReport | None

    @property
    def unseen(self) -> tuple[Step, ...]:
        """The moves during which no request was answered, so nobody saw what they did to users."""
        seen = {phase.step for phase in self.phases if phase.answered}
        return tuple(one.step for one in self.steps if one.step in _MOVES and one.step not in seen)

    @property
    def succeeded(self) -> bool:
        """Whether every step succeeded, each move under load, no request failed, and nothing is lost or doubled."""
        return (
            not any(step.failed for step in self.steps)
            and not self.unseen
            and (self.summary is None or self.summary.failed == 0)
            and (self.proof is None or self.proof.holds)
        )


class Audience(Protocol):
    """The observer of a run."""

    def begin(self, step: Step) -> None:
        """Show that a step begins."""
        ...

    def command(self, line: str) -> None:
        """Show a command line that is run now."""
        ...

    def pulse(self, pulse: Pulse | None) -> None:
        """Show the state of the load; called often; None while there is no load."""
        ...

    def end(self, result: StepResult) -> None:
        """Show the result of a step."""
        ...


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run: the size of the shop, the seconds of load after each change, the last step, the gateway's engine.

    `rates` are those of the load; without them, a trial measures what the machine can carry.
    """

    orders: int
    rest: float
    until: Step = Step.AGAIN
    seed: int = 7
    engine: Engine = Engine.STRANGLER
    rates: Rates | None = None


class Story:
    """One run on a stage."""

    def __init__(self, stage: Stage, plan: Plan, audience: Audience) -> None:
        self._stage = stage
        self._plan = plan
        self._audience = audience
        self._lasting: list[Process] = []
        self._load: Process | None = None
        self._service: Process | None = None
        self._shadow: ShadowReport | None = None
        self._seeding: Process | None = None

    def run(self) -> Result:
        """Run the steps up to the last one requested, then prove. A failing step ends the run of steps."""
        actions: Mapping[Step, Callable[[], str]] = {
            Step.PREPARE: self._prepare,
            Step.ANALYZE: self._analyze,
            Step.MAP: self._map,
            Step.GATEWAY: self._gateway,
            Step.JOURNAL: self._journal,
            Step.BACKFILL: self._backfill,
            Step.VERIFY: self._verify,
            Step.SHADOW: self._shadow_reads,
            Step.SHARE: self._share,
            Step.CUTOVER: lambda: self._move("cutover"),
            Step.ROLLBACK: lambda: self._move("rollback"),
            Step.AGAIN: lambda: self._move("cutover"),
        }
        results: list[StepResult] = []
        for step, action in actions.items():
            results.append(self._perform(step, action))
            if results[-1].failed or step is self._plan.until:
                break
        summary = self._end_load()
        if summary is None:
            return Result(tuple(results), None, (), None, self._shadow)
        return Result(tuple(results), summary, self._phases(results, summary), self._prove(), self._shadow)

    def _perform(self, step: Step, action: Callable[[], str]) -> StepResult:
        self._audience.begin(step)
        begun, begun_at = time.monotonic(), time.time()
        try:
            note, failed = action(), False
        except StranglerError as error:
            note, failed = str(error), True
        result = StepResult(step, begun_at, round(time.monotonic() - begun, 2), note, failed)
        self._audience.end(result)
        return result

    def _prepare(self) -> str:
        stage = self._stage
        stage.write_project()
        stage.prepare_databases()
        self._seeding = stage.shop.start_seed(stage.processes, self._plan.orders)
        return f"migrated; a shop with {quantity(self._plan.orders, 'order')} is being filled"

    def _analyze(self) -> str:
        process = self._call("analyze", str(self._stage.sample), "--output", str(self._stage.map_folder))
        told = {line.split()[0]: " ".join(line.split()[1:]) for line in process.said().splitlines() if line.strip()}
        return f"{told['code']}, {told['routes']} routes, {told['tables'].partition(',')[0]} tables"

    def _map(self) -> str:
        process = self._call("trace", ROUTE, ".", "--effects")
        return f"{ROUTE}: {len(process.said().splitlines())} steps, each with file and line"

    def _gateway(self) -> str:
        stage = self._stage
        if self._seeding is not None:
            self._finish(self._seeding, SEED_SECONDS)
        self._lasting.append(stage.shop.serve(stage.processes))
        self._service = stage.service.serve(stage.processes)
        self._lasting.append(self._service)
        engine = self._plan.engine
        self._audience.command(f"strangler gateway run{'' if engine is Engine.STRANGLER else f' --engine {engine}'}")
        self._lasting.append(stage.serve_gateway(engine=engine))
        rates = self._plan.rates or self._tried_rates()
        self._load = stage.start_load(stage.gateway_url, self._plan.seed, rates)
        self._rest()
        told = f"{rates.reads:g} reads and {rates.writes:g} writes a second, all to the monolith"
        return told if self._plan.rates or rates == mixed(MOST) else f"{told} (more would be too much for this machine)"

    def _tried_rates(self) -> Rates:
        trial = self._stage.start_trial(self._stage.gateway_url)
        self._finish(trial, COMMAND_SECONDS)
        return rates_for(float(_last_line(trial)))

    def _journal(self) -> str:
        monolith, _, service = _last_line(self._call("journal", "install", SERVICE)).partition("; ")
        counts = [quantity(len(side.partition(": ")[2].split(", ")), "table") for side in (monolith, service)]
        return f"a journal on {counts[0]} of the monolith and {counts[1]} of the service"

    def _backfill(self) -> str:
        note = _last_line(self._call("etl", "run", SERVICE))
        self._audience.command(f"strangler journal follow {SERVICE}")
        self._lasting.append(self._stage.strangler("journal", "follow", SERVICE, name="follower"))
        if self._service is not None:
            self._stage.service.wait_until_healthy(self._service)
        return note

    def _verify(self) -> str:
        return _last_line(self._call("etl", "verify", SERVICE))

    def _shadow_reads(self) -> str:
        stage = self._stage
        paths = [argument for path in PATHS for argument in ("--path", path)]
        self._call("gateway", "shadow", SERVICE, *paths, "--sample", SAMPLE)
        with open_fleet(load_project(stage.project), stage.environment) as fleet:
            read(
                stage.gateway_url,
                "demo-token-1",
                lambda: report_of(fleet.diffs()).compared >= ENOUGH,
                self._watch,
            )
            self._call("gateway", "shadow", SERVICE, *paths, "--off")
            report = self._shadow = settled(fleet.diffs, self._watch)
        told = self._call("gateway", "diffs", SERVICE).said()
        if report.compared == 0:
            raise StoryError(f"no answers could be compared in time: this machine is too busy\n{told}")
        if report.unexplained:
            raise StoryError(f"{report.unexplained} of {report.compared} answers differ:\n{told}")
        beside = (
            (report.explained, "differ as v1 does from itself"),
            (report.unconfirmed, "could not be asked again"),
            (report.not_answered, "were not answered in time"),
        )
        told = [f"{report.compared} answers compared, {report.equal} alike"]
        return "; ".join(told + [f"{count} {what}" for count, what in beside if count])

    def _share(self) -> str:
        note = _last_line(self._call("gateway", "shift", SERVICE, "--to", "10%"))
        self._rest()
        return note

    def _move(self, command: str) -> str:
        # The shop's accounts write names into reviews; the load never calls these routes, and the demo says that they
        # fail.
        accepted = ("--accept-failing-routes",) if command == "cutover" else ()
        process, given_up = until_settled(lambda: self._call(command, SERVICE, *accepted), self._rest)
        lines = process.said().splitlines()
        self._rest()
        note = next((line for line in lines if line.startswith("writes were held")), _last_line_of(lines))
        note = note.replace("writes were held", "writes held", 1)
        return f"{note}; given up {quantity(given_up, 'time')} before" if given_up else note

    def _call(self, *arguments: str) -> Process:
        self._audience.command(f"strangler {' '.join(_quoted(argument) for argument in arguments)}")
        process = self._stage.strangler(*arguments)
        self._finish(process, COMMAND_SECONDS)
        return process

    def _finish(self, process: Process, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while process.running:
            if time.monotonic() > deadline:
                raise ProcessError(process.program.name, f"had not ended after {seconds:g} s", process.log)
            self._watch(POLL_SECONDS)
        if process.status != 0:
            raise CommandError(process)

    def _rest(self) -> None:
        deadline = time.monotonic() + self._plan.rest
        while time.monotonic() < deadline:
            self._watch(POLL_SECONDS)

    def _watch(self, seconds: float) -> None:
        time.sleep(seconds)
        for process in (*self._lasting, *([self._load] if self._load else [])):
            expect_running(process)
        self._audience.pulse(self._read_pulse())

    def _read_pulse(self) -> Pulse | None:
        path = self._stage.folder / "pulse.json"
        return msgspec.json.decode(path.read_bytes(), type=Pulse) if path.exists() else None

    def _end_load(self) -> Summary | None:
        if self._load is None:
            return None
        self._load.stop(LOAD_END_SECONDS)
        path = self._stage.folder / "summary.json"
        if not path.exists():
            raise ProcessError("the load", "left no summary", self._load.log)
        return msgspec.json.decode(path.read_bytes(), type=Summary)

    def _phases(self, steps: Sequence[StepResult], summary: Summary) -> tuple[Phase, ...]:
        samples = msgspec.json.decode((self._stage.folder / "samples.json").read_bytes(), type=list[Sample])
        begun = [(step, step.begun - summary.started_at) for step in steps]
        phases = [phase_of(step.step, samples, at, at + step.seconds) for step, at in begun]
        return tuple(phase for phase in phases if phase is not None)

    def _prove(self) -> Proof:
        databases = self._stage.databases
        side = authority_in(databases.shop, SERVICE)
        expectation = expectation_of(read_ledger(self._stage.folder / "ledger.jsonl"))
        return prove(expectation, stored_in(databases.of(side), side, RUN), side)


def until_settled(move: Callable[[], Process], rest: Callable[[], None]) -> tuple[Process, int]:
    """Run the command of a move until it is not given up, at most `MOVE_TRIES` times, with a rest in between.

    Returns its process and the number of attempts given up; raises the CommandError of the last attempt.
    """
    for given_up in range(MOVE_TRIES - 1):
        try:
            return move(), given_up
        except CommandError as error:
            if error.status != ExitCode.ENVIRONMENT:
                raise
            rest()
    return move(), MOVE_TRIES - 1


def _last_line(process: Process) -> str:
    return _last_line_of(process.said().splitlines())


def _last_line_of(lines: Sequence[str]) -> str:
    return next((line.strip() for line in reversed(lines) if line.strip()), "done")


def _quoted(argument: str) -> str:
    return f'"{argument}"' if " " in argument else argument
