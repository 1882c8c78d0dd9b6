"""``strangler doctor``: what is missing, and how to fix it."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.common_options import Json
from strangler.cli.console import console_of
from strangler.cli.events_publication import publication_digest
from strangler.cli.project_options import Config
from strangler.cli.render.doctor import Count, PartLines
from strangler.cli.upstream_status import http_clock, http_status
from strangler.model.clock import ClockReading
from strangler.model.errors import ExitCode, StranglerError
from strangler.model.printable import printable_parts
from strangler.planner.diagnosis import Part, Probes, diagnose, worst
from strangler.project import Address
from strangler.project_reader import load_project
from strangler.secret import Secret
from strangler_etl.examination.finding import Level
from strangler_gateway.admin.fleet import Fleet
from strangler_gateway.admin.messages import GatewayStatus


def doctor(
    context: typer.Context,
    service: Annotated[str | None, typer.Argument(metavar="[SERVICE]", help="One service only.")] = None,
    config: Config = Path(),
    json: Json = False,
) -> None:
    """Say what a migration lacks, and how to fix it."""
    project = load_project(config)
    services = [project.service(service)] if service else list(project.services.values())
    console = console_of(context)
    parts: list[Part] = []
    probes = Probes(
        os.environ,
        time.time,
        _ask_gateways,
        http_status,
        lambda migration: publication_digest(project, migration),
        _ask_clocks,
        http_clock,
    )
    for found in diagnose(project, services, probes):
        part = printable_parts(found)
        parts.append(part)
        if not json:
            console.terminal.print(PartLines(part), soft_wrap=True)
    if json:
        console.json({"level": worst(parts), "parts": parts})
    else:
        console.terminal.print(Count(parts), soft_wrap=True)
    if worst(parts) is Level.PROBLEM:
        raise typer.Exit(ExitCode.FINDINGS)


def _ask_gateways(gateways: Sequence[Address], token: Secret) -> Mapping[Address, GatewayStatus | StranglerError]:
    with Fleet(gateways, token) as fleet:
        return fleet.each_status()


def _ask_clocks(gateways: Sequence[Address], token: Secret) -> Mapping[Address, ClockReading]:
    with Fleet(gateways, token) as fleet:
        return fleet.clocks(time.time)
