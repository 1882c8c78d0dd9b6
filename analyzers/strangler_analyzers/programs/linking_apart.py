"""Links independent programs on several cores."""

from __future__ import annotations

import gc
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from strangler.model.errors import UnavailableError
from strangler.model.progress import Progress, SilentProgress
from strangler.model.system import SystemFacts
from strangler_analyzers.cache.results import packed_facts
from strangler_analyzers.interpreter import interpreter_settings
from strangler_analyzers.linking import link
from strangler_analyzers.program_source import ProgramSource
from strangler_analyzers.programs.side_by_side import Part
from strangler_analyzers.source.extraction import FileOutcome, extraction_of
from strangler_analyzers.source.workers import begin_work, cores, interrupts_held


def linked_apart(parts: Sequence[Part], progress: Progress, workers: int | None) -> Generator[tuple[Part, bytes]]:
    """The packed facts of each program, in order of completion; each is linked in its own process, the largest first.

    With one worker they are linked in this process, one after the other. The outcomes of a part are removed from its
    list, which would otherwise stay in memory throughout. Raises UnavailableError if the system kills a process.
    """
    count = min(workers if workers is not None else cores(), len(parts))
    by_size = sorted(parts, key=lambda part: -part.size)
    sizes = {id(part): part.size for part in parts}
    progress.start("link", sum(sizes.values()))
    with closing(_here(by_size) if count <= 1 else _in_processes(by_size, count)) as linked:
        for part, packed in linked:
            progress.advance(sizes[id(part)])
            yield part, packed
    progress.finish()


def _here(parts: Sequence[Part]) -> Generator[tuple[Part, bytes]]:
    for part in parts:
        yield part, b"".join(packed_facts(_linked(part.source, part.outcomes)))
        gc.collect()  # The remains of a program are reference cycles.


def _linked(source: ProgramSource, outcomes: list[FileOutcome]) -> SystemFacts:
    found = source.discovery
    extraction = extraction_of(found.files, outcomes, source.templates, source.documents)
    outcomes.clear()
    return link(extraction, found.skipped, found.name, source.monolith, SilentProgress())


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why a program could not be linked in another process."""

    error: Exception


def _in_processes(parts: Sequence[Part], count: int) -> Generator[tuple[Part, bytes]]:
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
    part.outcomes.clear()  # The process has its own copy.
    return receiver, process


def _work(sender: Connection, source: ProgramSource, outcomes: list[FileOutcome]) -> None:
    """Link a program and send the failure, or None and then the packed facts in pieces, the last one empty."""
    begin_work()
    with sender, interpreter_settings():
        try:
            facts = _linked(source, outcomes)
        except Exception as error:  # noqa: BLE001 - raised again where the facts are received
            sender.send(_Failure(error))
            return
        sender.send(None)
        for piece in packed_facts(facts):
            sender.send_bytes(piece)
        sender.send_bytes(b"")


def _received(receiver: Connection) -> bytes:
    try:
        with receiver:
            failure: _Failure | None = receiver.recv()
            pieces = b"" if failure else b"".join(iter(receiver.recv_bytes, b""))
    except EOFError as error:
        raise UnavailableError(
            "a process that links was ended from outside", remedy="check that there is enough memory"
        ) from error
    if failure is not None:
        raise failure.error
    return pieces
