"""A move of the sample's reviews under load, whose parts are killed; and what must be true after each time."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from strangler.demo.expectation import expectation_of
from strangler.demo.load.generator import Rates
from strangler.demo.load.ledger import read_ledger
from strangler.demo.postgres import PostgresServer, postgres_server
from strangler.demo.processes import Process, Processes
from strangler.demo.proof import Proof, prove
from strangler.demo.shop import SEED_SECONDS
from strangler.demo.stage import RUN, SERVICE, Databases, Stage, build_stage
from strangler.demo.stored import stored_in
from strangler.model.authority import Authority, MoveStep, Side
from strangler.project_reader import load_project
from strangler_etl.migration import open_migration
from strangler_etl.records.authority import read_authority
from strangler_gateway.admin.fleet import open_fleet

SAMPLE = Path(__file__).parents[2] / "sample-monolith"
ORDERS = 500
RATES = Rates(reads=30, writes=40)
COMMAND_SECONDS = 60.0
STEPS = (
    "begin",
    "close",
    "hold",
    "in flight",
    "lock",
    "drain",
    "verify",
    "fence",
    "authority",
    "open",
    "flip",
    "release",
)
"""What a move notes in the audit log, in this order."""
LATEST_SECONDS = 0.06
"""How long after such a note a fault happens at most; a step takes about 10 ms."""
MOVES = {Side.V1: ("rollback", SERVICE), Side.V2: ("cutover", SERVICE, "--accept-failing-routes")}
"""The command that gives a side the authority."""


@dataclass(frozen=True, slots=True)
class Instant:
    """`seconds` after the move has noted `step`."""

    step: str
    seconds: float

    @classmethod
    def drawn(cls, draw: random.Random) -> Instant:
        """Any instant of a move, its beginning and its end included."""
        return cls(draw.choice(STEPS), draw.uniform(0, LATEST_SECONDS))

    def __str__(self) -> str:
        return f"{self.seconds * 1000:.0f} ms after {self.step}"


class Fault(StrEnum):
    """What happens in the middle of a move."""

    GATEWAY = "gateway killed"
    WORKER = "worker of the gateway killed"
    SERVICE = "service killed"
    FOLLOWER = "follower killed"
    COMMAND = "command killed"
    DATABASE = "database crashed and restarted"


@dataclass(slots=True)
class Rig:
    """Everything that runs."""

    stage: Stage
    server: PostgresServer | None
    gateway: Process
    service: Process
    follower: Process
    load: Process
    workers: int = 1
    story: list[str] = field(default_factory=list[str])

    def authority(self) -> Authority:
        """Who has the authority, by the source database."""
        with open_migration(load_project(self.stage.project), SERVICE, self.stage.environment) as migration:
            return read_authority(migration.source, SERVICE)

    def strike(self, fault: Fault, instant: Instant) -> Process:
        """Begin a move to the other side, let `fault` happen at `instant`, and mend it; return the command."""
        destination = self.authority().side.other
        audited = self._audit_size()
        command = self.stage.strangler(*MOVES[destination], name=f"move-{len(self.story)}")
        note = f"move to {destination}: {instant.step}"
        while command.running and note not in self._audited_since(audited):
            time.sleep(0.001)
        time.sleep(instant.seconds)
        self.story.append(f"{MOVES[destination][0]}: {fault} {instant}")
        match fault:
            case Fault.GATEWAY:
                self.gateway.kill()
                self.gateway = self.stage.serve_gateway(self.workers)
            case Fault.WORKER:
                self._kill_worker()
            case Fault.SERVICE:
                self.service.kill()
                self.service = self.stage.service.serve(self.stage.processes)
            case Fault.FOLLOWER:
                self.follower.kill()
                self.follower = self._follow()
            case Fault.COMMAND:
                command.kill()
            case Fault.DATABASE:
                assert self.server is not None
                self.server.restart(immediately=True)
        command.wait(COMMAND_SECONDS)
        # A command that is refused would leave everything in order, and prove nothing.
        assert f"move to {destination}: begin" in self._audited_since(audited), f"{self.told()}\n{command.said()}"
        return command

    def settle(self, words: tuple[str, ...]) -> None:
        """Let one command finish what was cut off, or give it up; it has to succeed."""
        process = self.stage.strangler(*words, name=f"settle-{len(self.story)}")
        status = process.wait(COMMAND_SECONDS)
        assert status == 0, f"{self.told()}\n{' '.join(words)}: {process.said()}"

    def check(self) -> None:
        """Exactly one side is open, it is the one with the authority, and the gateway sends writes there."""
        project = load_project(self.stage.project)
        with open_migration(project, SERVICE, self.stage.environment) as migration:
            authority = read_authority(migration.source, SERVICE)
            assert authority.step is MoveStep.SETTLED, f"{self.told()}\n{authority}"
            closed = {
                Side.V1: migration.source.fence.closed(migration.source_tables) == frozenset(migration.source_tables),
                Side.V2: migration.target.fence.closed(migration.target_tables) == frozenset(migration.target_tables),
            }
            open_tables = {
                Side.V1: not migration.source.fence.closed(migration.source_tables),
                Side.V2: not migration.target.fence.closed(migration.target_tables),
            }
        side = authority.side
        assert (closed[side.other], open_tables[side]) == (True, True), f"{self.told()}\n{authority} {closed}"
        with open_fleet(project, self.stage.environment) as fleet:
            for gateway in fleet.statuses().values():
                known = gateway.services[SERVICE]
                assert (known.side, known.hold) == (side, None), f"{self.told()}\n{authority} {known}"

    def end(self) -> Proof:
        """End the load; compare what was acknowledged with what the authority's database holds."""
        self.load.stop(45)
        verify = self.stage.strangler("etl", "verify", SERVICE, name="verify")
        assert verify.wait(COMMAND_SECONDS) == 0, f"{self.told()}\n{verify.said()}"
        side = self.authority().side
        expectation = expectation_of(read_ledger(self.stage.folder / "ledger.jsonl"))
        return prove(expectation, stored_in(self.stage.databases.of(side), side, RUN), side)

    def told(self) -> str:
        """What has happened so far; for the message of a failure."""
        return "\n".join(self.story)

    def _audit_size(self) -> int:
        path = self.stage.map_folder / "audit.jsonl"
        return path.stat().st_size if path.exists() else 0

    def _audited_since(self, size: int) -> str:
        path = self.stage.map_folder / "audit.jsonl"
        return path.read_bytes()[size:].decode() if path.exists() else ""

    def _kill_worker(self) -> None:
        with open_fleet(load_project(self.stage.project), self.stage.environment) as fleet:
            (known,) = fleet.statuses().values()
        os.kill(known.workers[0], signal.SIGKILL)

    def _follow(self) -> Process:
        return self.stage.strangler("journal", "follow", SERVICE, name="follower")


@contextmanager
def running_rig(folder: Path, *, sqlite: bool, seed: int, workers: int = 1) -> Generator[Rig]:
    """Run the monolith, the service, a gateway, a follower and the load, with everything copied and verified."""
    with ExitStack() as stack:
        processes = stack.enter_context(Processes(folder / "logs"))
        server = None
        if sqlite:
            databases = Databases(f"sqlite:///{folder / 'shop.sqlite3'}", f"sqlite:///{folder / 'reviews.sqlite3'}")
        else:
            server = stack.enter_context(postgres_server(processes))
            databases = Databases(server.create_database("shop"), server.create_database("reviews"))
        stage = build_stage(folder, SAMPLE, processes, databases, os.environ)
        stage.write_project()
        stage.prepare_databases()
        stage.shop.start_seed(processes, ORDERS).wait(SEED_SECONDS)
        analyze = stage.strangler("analyze", str(SAMPLE), "--output", str(stage.map_folder))
        assert analyze.wait(COMMAND_SECONDS) == 0, analyze.said()
        stage.shop.serve(processes)
        service = stage.service.serve(processes)
        gateway = stage.serve_gateway(workers)
        for words in (("journal", "install"), ("etl", "run")):
            process = stage.strangler(*words, SERVICE)
            assert process.wait(COMMAND_SECONDS) == 0, process.said()
        follower = stage.strangler("journal", "follow", SERVICE, name="follower")
        stage.service.wait_until_healthy(service)
        load = stage.start_load(stage.gateway_url, seed, RATES)
        verify = stage.strangler("etl", "verify", SERVICE)
        assert verify.wait(COMMAND_SECONDS) == 0, verify.said()
        yield Rig(stage, server, gateway, service, follower, load, workers)


def strike_repeatedly(rig: Rig, faults: list[Fault], seed: int) -> None:
    """Let one fault after the other happen at instants drawn from `seed`; settle and check after each."""
    draw = random.Random(seed)
    for fault in faults:
        before = rig.authority()
        destination = before.side.other
        command = rig.strike(fault, Instant.drawn(draw))
        after = rig.authority()
        if after.step is not MoveStep.SETTLED:
            abort = draw.random() < 0.5
            words = (*MOVES[destination], *(("--abort",) if abort else ()))
            rig.story.append(f"left at {after.side} {after.step}; run: {' '.join(words)}")
            rig.settle(words)
        else:
            rig.story.append(f"settled at {after.side}; the command ended with status {command.status}")
        rig.check()
        time.sleep(0.5)
