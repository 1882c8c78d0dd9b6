"""Programs that have nothing to do with each other, linked on several cores."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from strangler.model.errors import UnavailableError
from strangler.model.progress import Progress, SilentProgress
from strangler_analyzers.cache.results import packed_facts
from strangler_analyzers.interpreter import interpreter_settings
from strangler_analyzers.linking import link
from strangler_analyzers.program_source import ProgramSource
from strangler_analyzers.programs.side_by_side import Part
from strangler_analyzers.source.extraction import FileOutcome, extraction_of
from strangler_analyzers.source.workers import begin_work, cores, interrupts_held


def linked_apart(parts: Sequence[Part], progress: Progress, workers: int | None) -> Iterator[tuple[Part, bytes]]:
    """The packed facts of each program, as they are found: the largest is begun first, each in a process of its own.

    With one worker they are linked here, one after the other. Raises UnavailableError when the system ends a process.
    """
    count = min(workers if workers is not None else cores(), len(parts))
    by_size = sorted(parts, key=lambda part: -part.size)
    progress.start("link", sum(part.size for part in parts))
    for part, packed in _here(by_size) if count <= 1 else _in_processes(by_size, count):
        progress.advance(part.size)
        yield part, packed
    progress.finish()


def _here(parts: Sequence[Part]) -> Iterator[tuple[Part, bytes]]:
    for part in parts:
        yield part, _linked(part.source, part.outcomes)
        gc.collect()  # What is left of a program refers to itself.


def _linked(source: ProgramSource, outcomes: Sequence[FileOutcome]) -> bytes:
    found = source.discovery
    extraction = extraction_of(found.files, outcomes, source.templates)
    facts = link(extraction, found.skipped, found.name, source.monolith, SilentProgress())
    return b"".join(packed_facts(facts))


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why a program could not be linked in another process."""

    error: Exception


def _in_processes(parts: Sequence[Part], count: int) -> Iterator[tuple[Part, bytes]]:
    waiting = list(reversed(parts))
    running: dict[Connection, tuple[Part, BaseProcess]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < count:
                part = waiting.pop()
                receiver, process = _started(part)
                running[receiver] = part, process
            for receiver in wait(list(running)):
                assert isinstance(receiver, Connection)
                part, process = running[receiver]
                packed = _received(receiver)
                process.join()
                del running[receiver]
                yield part, packed
    finally:
        for receiver, (_, process) in running.items():
            process.terminate()
            process.join()
            receiver.close()


def _started(part: Part) -> tuple[Connection, BaseProcess]:
    context = get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(sender, part.source, part.outcomes), daemon=True)
    with interrupts_held():
        process.start()
    sender.close()
    return receiver, process


def _work(sender: Connection, source: ProgramSource, outcomes: list[FileOutcome]) -> None:
    begin_work()
    try:
        with interpreter_settings():
            sender.send(_linked(source, outcomes))
    except Exception as error:  # noqa: BLE001 - raised again where the facts are wanted
        sender.send(_Failure(error))
    sender.close()


def _received(receiver: Connection) -> bytes:
    try:
        with receiver:
            found: bytes | _Failure = receiver.recv()
    except EOFError as error:
        raise UnavailableError(
            "a process that links was ended from outside", remedy="check that there is enough memory"
        ) from error
    if isinstance(found, _Failure):
        raise found.error
    return found
