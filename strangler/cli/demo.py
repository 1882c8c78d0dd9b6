"""``strangler demo``: a whole move on the sample monolith, under load."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated

import rich.console
import typer

import strangler
from strangler.cli.common_options import Json
from strangler.cli.console import console_of
from strangler.cli.render.demo import ProofTable, show_story
from strangler.demo.load.generator import mixed
from strangler.demo.postgres import postgres_server
from strangler.demo.processes import Processes
from strangler.demo.shop import sample_folder
from strangler.demo.stage import Databases, artefacts_in, build_stage
from strangler.demo.story import Plan, Step, Story
from strangler.model.errors import ExitCode, InputError
from strangler_gateway.engine import Engine
from strangler_gateway.envoy_engine.envoy_files import EnvoyFiles
from strangler_gateway.envoy_engine.process import end_left
from strangler_gateway.envoy_engine.program import envoy_program
from strangler_gateway.envoy_engine.server import FOLDER as ENVOY_FOLDER

FEWEST_ORDERS = 400
"""With fewer orders, the seeded shop, which has one customer for ten orders, has fewer customers than the load uses."""
RESTS = 4
"""The number of steps after which the load runs undisturbed for a while."""


def demo(
    context: typer.Context,
    sqlite: Annotated[bool, typer.Option("--sqlite", help="Use two SQLite files, not PostgreSQL.")] = False,
    orders: Annotated[
        int, typer.Option("--orders", min=FEWEST_ORDERS, help="Number of orders in the shop's history.")
    ] = 20_000,
    seconds: Annotated[
        float, typer.Option("--seconds", min=1, help="Seconds of load in addition to the steps.")
    ] = 20.0,
    until: Annotated[Step, typer.Option("--until", help="The last step to run.")] = Step.AGAIN,
    engine: Annotated[
        Engine, typer.Option("--engine", help="What forwards the requests: this program, or Envoy under its control.")
    ] = Engine.STRANGLER,
    rate: Annotated[
        float | None,
        typer.Option(
            "--rate",
            min=4,
            help="Requests per second, a quarter of them writes. [default: what this machine can carry, at most 400]",
        ),
    ] = None,
    sample: Annotated[
        Path | None, typer.Option("--sample", metavar="PATH", help="Folder of the sample monolith.")
    ] = None,
    keep: Annotated[
        Path | None, typer.Option("--keep", metavar="DIR", help="Keep logs, ledger and figures in this new folder.")
    ] = None,
    json: Json = False,
) -> None:
    """Move the sample monolith's reviews out under load, and back."""
    console = console_of(context)
    with _ended_by_sigterm(), ExitStack() as stack:
        folder = _work_folder(stack, keep)
        source = sample_folder(sample or Path(strangler.__file__).parents[1] / "sample-monolith")
        if engine is Engine.ENVOY:
            envoy_program()
            # Envoy outlives the process beside it if that is killed.
            stack.callback(lambda: end_left(EnvoyFiles.in_folder(artefacts_in(folder) / ENVOY_FOLDER)))
        processes = stack.enter_context(Processes(folder / "logs"))
        databases = _databases(stack, processes, folder, sqlite=sqlite)
        stage = build_stage(folder, source, processes, databases, os.environ)
        output = rich.console.Console(stderr=True, highlight=False, markup=False) if json else console.terminal
        with show_story(output, verbose=console.settings.verbose) as audience:
            result = Story(
                stage,
                Plan(orders, seconds / RESTS, until, engine=engine, rates=None if rate is None else mixed(rate)),
                audience,
            ).run()
    if json:
        console.json(result)
    else:
        console.terminal.print(ProofTable(result))
    if keep is not None:
        console.note(f"\nlogs, ledger and figures: {folder}")
    elif not console.settings.verbose:
        console.note("\nits commands and the load at each step: --verbose; logs, ledger and figures: --keep DIR")
    if not result.succeeded:
        raise typer.Exit(ExitCode.FINDINGS)


def _databases(stack: ExitStack, processes: Processes, folder: Path, *, sqlite: bool) -> Databases:
    if sqlite:
        return Databases(f"sqlite:///{folder / 'shop.sqlite3'}", f"sqlite:///{folder / 'reviews.sqlite3'}")
    server = stack.enter_context(postgres_server(processes))
    return Databases(server.create_database("shop"), server.create_database("reviews"))


def _work_folder(stack: ExitStack, keep: Path | None) -> Path:
    if keep is None:
        return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="strangler-demo-"))).resolve()
    if keep.exists() and any(keep.iterdir()):
        raise InputError("the folder is not empty", where=str(keep), remedy="name a new one with --keep")
    keep.mkdir(parents=True, exist_ok=True)
    return keep.resolve()


@contextmanager
def _ended_by_sigterm() -> Generator[None]:
    """Let SIGTERM end the block as Ctrl-C does, with all clean-up."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
