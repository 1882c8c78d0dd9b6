"""``strangler gateway run``: the process that serves requests."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from strangler.cli.console import console_of
from strangler.cli.installation import extra_with
from strangler.cli.project_options import Config, address_of
from strangler.model.errors import InputError, MissingExtraError
from strangler.model.migration import MigrationRecord
from strangler.project import Address
from strangler.project_reader import load_project
from strangler.report.served import served_parts
from strangler.store import ArtefactStore
from strangler_gateway.admin.api import audit
from strangler_gateway.admin.live_report import ReportSource, ServedReport, TrafficOrders
from strangler_gateway.engine import Engine
from strangler_gateway.envoy_engine.server import serve_by_envoy
from strangler_gateway.process.open_files import allow_many
from strangler_gateway.process.server import serve, settings
from strangler_gateway.process.supervisor import supervise


def run(
    context: typer.Context,
    config: Config = Path(),
    listen: Annotated[
        str | None,
        typer.Option(
            "--listen", metavar="HOST:PORT", help="Where clients connect, instead of the address in the file."
        ),
    ] = None,
    admin: Annotated[
        str | None,
        typer.Option(
            "--admin", metavar="HOST:PORT", help="Where administrators connect, instead of the address in the file."
        ),
    ] = None,
    workers: Annotated[
        int, typer.Option("--workers", min=1, max=64, help="How many processes serve requests, as one gateway.")
    ] = 1,
    engine: Annotated[
        Engine, typer.Option("--engine", help="What forwards the requests: this program, or Envoy under its control.")
    ] = Engine.STRANGLER,
) -> None:
    """Forward requests to the monolith and its services until SIGTERM."""
    console = console_of(context)
    project = load_project(config)
    chosen = settings(project, os.environ, _address("--listen", listen), _address("--admin", admin), workers)
    report = ReportSource(
        read=partial(_report, ArtefactStore.beside(project.folder).report_path),
        gateways=len(project.gateway.admin),
        record=_Record(config),
        orders=partial(_orders, config, _address("--admin", admin)) if project.gateway.admin else None,
    )
    chosen = replace(chosen, report=report)
    logging.basicConfig(
        level=logging.INFO if console.settings.verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(message)s",
    )
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    audit.setLevel(logging.INFO)

    def ready(data: Address, admin: Address) -> None:
        console.note(f"gateway ready: {'https' if chosen.tls else 'http'}://{data}, admin http://{admin}")

    allow_many()
    match engine:
        case Engine.ENVOY:
            uvloop.run(serve_by_envoy(chosen, ready))
        case Engine.STRANGLER:
            uvloop.run(serve(chosen, ready) if workers == 1 else supervise(chosen, ready))


def _report(file: Path) -> ServedReport | None:
    """The latest report of the source; None until there is one."""
    try:
        parts = served_parts(file.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(file)) from error
    return ServedReport(parts.page, parts.data)


@dataclass(slots=True)
class _Record:
    """The state of the migration according to all that can be asked; the sources are set up on first use."""

    config: Path
    _asking: Callable[[], MigrationRecord] | None = None

    def __call__(self) -> MigrationRecord:
        if self._asking is None:
            with _needing_etl():
                from strangler.cli.live_migration_record import live_migration_record  # noqa: PLC0415 - not needed to carry bytes
            self._asking = live_migration_record(self.config)
        return self._asking()


def _orders(config: Path, admin: Address | None) -> TrafficOrders:
    """Orders to all gateways of the project."""
    with _needing_etl():
        from strangler.cli.report_orders import ReportOrders  # noqa: PLC0415 - not needed to carry bytes
    return ReportOrders(config, admin)


@contextmanager
def _needing_etl() -> Generator[None]:
    """Raise MissingExtraError if a package is missing that the gateway alone does not need."""
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        raise MissingExtraError("the live report", extra_with(package, "etl"), package) from error


def _address(option: str, text: str | None) -> Address | None:
    return None if text is None else address_of(option, text)
