"""``strangler record``: record what the monolith does while a command runs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.console import console_of
from strangler.cli.source_folder import source_folder
from strangler.model.errors import UsageError
from strangler.model.quantity import quantity
from strangler.recorder.session import record as record_command
from strangler.store import check_writable, write_atomic
from strangler_analyzers.evidence.recordings import encode_recording


def record(
    context: typer.Context,
    command: Annotated[list[str], typer.Argument(metavar="-- COMMAND", help="What to run, after two dashes.")],
    source: Annotated[
        Path | None,
        typer.Option(
            "--source",
            metavar="FOLDER",
            help="Folder with the monolith's source. [default: what the nearest strangler.toml says, else .]",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", help="Write here. [default: recording.json in .strangler]"),
    ] = None,
) -> None:
    """Run tests and record calls, requests and SQL statements."""
    folder = source_folder(source)
    path = output or folder.store.recording_path
    check_writable(path.parent, remedy="write elsewhere: --output FILE")
    session = record_command(command, folder.root, os.environ)
    console = console_of(context)
    if not session.recording.functions:
        raise UsageError(
            f"{command[0]} ended with status {session.status}, and no Python of {folder.root} ran below it",
            remedy="name the folder of the source with --source; python -E, -I and -S cannot be recorded",
        )
    content = encode_recording(session.recording)
    if output is None:
        folder.store.write(path, content)
    else:
        write_atomic(path, content)
    counted = session.recording
    console.note(
        f"recording: {path}  {quantity(session.processes, 'part')}, {quantity(len(counted.functions), 'function')}, "
        f"{quantity(len(counted.adjacent) + len(counted.through), 'call')}, "
        f"{quantity(len(counted.requests), 'request')}, {quantity(len(counted.statements), 'statement')}"
    )
    if session.left_out:
        console.note(
            f"{quantity(session.left_out, 'statement')} left out: a process keeps the first 200,000 different ones"
        )
    console.note(f"compare: strangler analyze --observed {path}")
    raise typer.Exit(session.status)
