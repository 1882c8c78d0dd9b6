"""Runs a command once, and records its Python processes."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import msgspec

from strangler.model.errors import UsageError
from strangler.model.recording import Recording
from strangler_analyzers.evidence.recordings import RecordedPart, joined, read_part

_INJECTED = Path(__file__).parent / "injected"
_SIGNALLED = 128
"""A shell reports a process ended by a signal as this number plus the signal's."""


@dataclass(frozen=True, slots=True)
class Session:
    """The exit status of a command, as a shell reports it, and the recording of its `processes` Python processes.

    `left_out` counts the statements beyond the number that is kept.
    """

    status: int
    processes: int
    recording: Recording
    left_out: int


def record(command: Sequence[str], root: Path, environment: Mapping[str, str]) -> Session:
    """Run a command to its end, with our standard input and output, and join the recordings of its processes.

    SIGTERM is passed on to it, and what it recorded until its end is kept. `root` is the folder with the application's
    source. Raises UsageError when the command cannot be started.
    """
    with tempfile.TemporaryDirectory(prefix="strangler-record-") as folder:
        status = _run(command, _recorded(environment, root, folder))
        parts = _parts(Path(folder))
    return Session(status, len(parts), joined(parts), sum(part.left_out for part in parts))


def _recorded(environment: Mapping[str, str], root: Path, folder: str) -> dict[str, str]:
    """Return the environment that starts the recorder in every Python process of the command."""
    path = [str(_INJECTED), *filter(None, [environment.get("PYTHONPATH")])]
    return {
        **environment,
        "PYTHONPATH": os.pathsep.join(path),
        "STRANGLER_RECORD_ROOT": str(root.resolve()),
        "STRANGLER_RECORD_PARTS": folder,
    }


def _run(command: Sequence[str], environment: Mapping[str, str]) -> int:
    started: list[subprocess.Popen[bytes]] = []
    ending = passed_on = False

    def end(_number: int, _frame: FrameType | None) -> None:
        nonlocal ending, passed_on
        ending = True
        for process in started:
            process.terminate()
            passed_on = True

    # The command decides what a signal means, and we wait for its recording. The terminal interrupts it as well. The
    # handlers are functions, because the command would inherit SIG_IGN. They are set before it starts, because a
    # signal may come at once.
    before_interrupt = signal.signal(signal.SIGINT, lambda _number, _frame: None)
    before_terminate = signal.signal(signal.SIGTERM, end)
    try:
        process = subprocess.Popen(command, env=environment)
        started.append(process)
        # Pass on each SIGTERM once: a second one, while the command ends, may tell it to hurry.
        if ending and not passed_on:
            process.terminate()
        status = process.wait()
    except OSError as error:
        raise UsageError(f"{command[0]} cannot be started: {error.strerror}") from error
    finally:
        signal.signal(signal.SIGTERM, before_terminate)
        signal.signal(signal.SIGINT, before_interrupt)
        for process in started:
            if process.poll() is None:
                process.terminate()
                process.wait()
    return status if status >= 0 else _SIGNALLED - status


def _parts(folder: Path) -> list[RecordedPart]:
    parts: list[RecordedPart] = []
    for path in sorted(folder.glob("*.json")):
        with suppress(msgspec.DecodeError):
            parts.append(read_part(path.read_bytes()))
    return parts
