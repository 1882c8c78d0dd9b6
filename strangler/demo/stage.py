"""Everything that a run of the demo needs: folders, ports, databases, and the parts that use them."""

from __future__ import annotations

import secrets
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from strangler.demo.load.generator import Rates
from strangler.demo.processes import Process, ProcessError, Processes, Program, answers, free_port
from strangler.demo.service import FOLDER as SERVICE_FOLDER
from strangler.demo.service import ReviewsService
from strangler.demo.shop import Shop
from strangler.model.authority import Side
from strangler.project import FILE_NAME
from strangler.project_file import ProjectFile
from strangler.store import ArtefactStore
from strangler_gateway.engine import Engine

SERVICE = "reviews"
RUN = "demo"
"""The prefix of the load's markers."""
PATIENT = 5
"""The niceness of background commands: the shop has priority, and yet they finish on a fully loaded machine."""
SCRUBBED = ("DATABASE_URL", "DJANGO_", "GUNICORN_", "PG", "PYTHONPATH", "REVIEWS_", "SHOP_", "STRANGLER_", "WEB_")
"""Prefixes of environment variables that would change what the demo starts."""


@dataclass(frozen=True, slots=True)
class Databases:
    """The URLs of both sides' databases."""

    shop: str
    reviews: str

    def of(self, side: Side) -> str:
        """The URL of a side's database."""
        return self.shop if side is Side.V1 else self.reviews


@dataclass(frozen=True, slots=True)
class Stage:
    """The parts of one run; all paths except the sample's are below `folder`, the work folder of the run."""

    folder: Path
    sample: Path
    processes: Processes
    databases: Databases
    shop: Shop
    service: ReviewsService
    environment: Mapping[str, str]
    gateway_port: int
    admin_port: int

    @property
    def project(self) -> Path:
        """The folder with the run's own strangler.toml, in which commands are run."""
        return _project_in(self.folder)

    @property
    def gateway_url(self) -> str:
        """The URL that clients connect to."""
        return f"http://127.0.0.1:{self.gateway_port}"

    @property
    def map_folder(self) -> Path:
        """The folder for the analysis."""
        return artefacts_in(self.folder)

    def write_project(self) -> None:
        """Copy the sample's project file, with the addresses of this run."""
        self.project.mkdir(parents=True)
        path = self.project / FILE_NAME
        path.write_bytes((self.sample / FILE_NAME).read_bytes())
        file = ProjectFile.read(path)
        file.put(("monolith", "root"), str(self.sample))
        file.put(("monolith", "upstreams"), [self.shop.url])
        file.put(("services", SERVICE, "upstreams"), [self.service.url])
        file.put(("gateway", "listen"), f"127.0.0.1:{self.gateway_port}")
        file.put(("gateway", "admin"), [f"127.0.0.1:{self.admin_port}"])
        file.save()

    def strangler(self, *arguments: str, name: str | None = None) -> Process:
        """Start a strangler command in the project's folder; its log is named after it unless `name` is given.

        Long commands that are not urgent yield to the shop, which in production runs on another machine.
        """
        log = name or "strangler-" + "-".join(word for word in arguments if word.isalpha())
        command = (sys.executable, "-m", "strangler", *arguments, "--progress", "none")
        niceness = PATIENT if arguments[:2] in {("etl", "run"), ("etl", "verify")} else 0
        # A gateway that receives SIGTERM stops Envoy; one that is killed leaves it running.
        orphan = signal.SIGTERM if arguments[:2] == ("gateway", "run") else signal.SIGKILL
        return self.processes.start(
            Program(log, command, self.project, self.environment, orphan_signal=orphan, niceness=niceness)
        )

    def serve_gateway(self, workers: int = 1, engine: Engine = Engine.STRANGLER) -> Process:
        """Start the gateway and wait until it forwards requests."""
        arguments = ("gateway", "run", "--workers", str(workers), "--engine", engine)
        process = self.strangler(*arguments, name="gateway")
        process.wait_until(answers(f"{self.gateway_url}/healthz"))
        return process

    def start_load(self, url: str, seed: int, rates: Rates) -> Process:
        """Start the load on `url`, and wait for its first requests; it runs until it is stopped."""
        command = (
            sys.executable, "-m", "strangler.demo.load", "--url", url, "--folder", str(self.folder),
            "--seed", str(seed), "--run", RUN, "--reads", str(rates.reads), "--writes", str(rates.writes),
        )  # fmt: skip
        process = self.processes.start(Program("load", command, self.folder, self.environment))
        process.wait_until((self.folder / "pulse.json").exists)
        return process

    def start_trial(self, url: str) -> Process:
        """Start reading from `url` without pause for some seconds; its last line is the answers per second."""
        command = (sys.executable, "-m", "strangler.demo.load.trial", "--url", url)
        return self.processes.start(Program("trial", command, self.folder, self.environment))

    def prepare_databases(self) -> None:
        """Create the tables of both sides."""
        self.shop.migrate(self.processes)
        self.service.create_schema(self.processes)


def build_stage(
    folder: Path, sample: Path, processes: Processes, databases: Databases, environment: Mapping[str, str]
) -> Stage:
    """Choose ports and keys; `environment` is the caller's, less the variables that would interfere."""
    clean = {name: value for name, value in environment.items() if not name.startswith(SCRUBBED)}
    everything = {
        **clean,
        "SHOP_DATABASE_URL": databases.shop,
        "REVIEWS_DATABASE_URL": databases.reviews,
        "STRANGLER_ADMIN_TOKEN": secrets.token_urlsafe(24),
        "STRANGLER_IDENTITY_KEY": secrets.token_urlsafe(32),
    }
    return Stage(
        folder=folder,
        sample=sample,
        processes=processes,
        databases=databases,
        shop=Shop(sample, databases.shop, free_port(), clean),
        service=ReviewsService(sample / SERVICE_FOLDER, free_port(), everything),
        environment=everything,
        gateway_port=free_port(),
        admin_port=free_port(),
    )


def expect_running(process: Process) -> None:
    """Raise ProcessError if a part that should run during the whole demo has ended."""
    if not process.running:
        raise ProcessError(process.program.name, f"ended with status {process.status}", process.log)


def artefacts_in(folder: Path) -> Path:
    """Return the folder within a work folder that the commands of a run write their results to."""
    return ArtefactStore.beside(_project_in(folder)).folder


def _project_in(folder: Path) -> Path:
    return folder / "project"
