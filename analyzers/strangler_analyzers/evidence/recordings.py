"""The file format of a recording, and the merging of its processes' parts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from strangler.model.errors import InputError
from strangler.model.recording import RecordedFunction, Recording
from strangler.store import ArtefactStore, Schema
from strangler_analyzers.evidence.statement_log import without_values

RECORDING_SCHEMA = Schema("strangler.recording", 1)


@dataclass(frozen=True, slots=True)
class _Document:
    schema: str
    version: int
    recording: Recording


@dataclass(frozen=True, slots=True)
class RecordedPart:
    """The part that one process wrote; functions and requests are numbered, and 0 and -1 stand for none."""

    functions: dict[int, tuple[str, int, str]]
    adjacent: list[tuple[int, int]]
    through: list[tuple[int, int]]
    requests: dict[int, tuple[str, str]]
    statements: list[tuple[int, int, str]]
    left_out: int = 0
    """The number of further statements, which were too many to keep."""


def read_part(content: bytes) -> RecordedPart:
    """The part of a process; raises msgspec.DecodeError if it is truncated."""
    return msgspec.json.decode(content, type=RecordedPart)


def joined(parts: Iterable[RecordedPart]) -> Recording:
    """One recording of all processes, independent of the order in which they ended."""
    adjacent: set[tuple[RecordedFunction, RecordedFunction]] = set()
    through: set[tuple[RecordedFunction, RecordedFunction]] = set()
    statements: set[tuple[RecordedFunction | None, tuple[str, str] | None, str]] = set()
    functions: set[RecordedFunction] = set()
    requests: set[tuple[str, str]] = set()
    for part in parts:
        known = {number: RecordedFunction(*function) for number, function in part.functions.items()}
        functions.update(known.values())
        requests.update(part.requests.values())
        adjacent.update((known[caller], known[callee]) for caller, callee in part.adjacent)
        through.update((known[caller], known[callee]) for caller, callee in part.through)
        statements.update(
            (
                known[function] if function else None,
                part.requests[request] if request >= 0 else None,
                without_values(text),
            )
            for function, request, text in part.statements
        )
    return _numbered(functions, adjacent, through, requests, statements)


def _numbered(
    functions: set[RecordedFunction],
    adjacent: set[tuple[RecordedFunction, RecordedFunction]],
    through: set[tuple[RecordedFunction, RecordedFunction]],
    requests: set[tuple[str, str]],
    statements: set[tuple[RecordedFunction | None, tuple[str, str] | None, str]],
) -> Recording:
    number = {function: place for place, function in enumerate(sorted(functions))}
    place_of = {request: place for place, request in enumerate(sorted(requests))}
    told = [
        (
            number[function] if function is not None else None,
            place_of[request] if request is not None else None,
            text,
        )
        for function, request, text in statements
    ]
    return Recording(
        tuple(sorted(functions)),
        tuple(sorted((number[caller], number[callee]) for caller, callee in adjacent)),
        tuple(sorted((number[caller], number[callee]) for caller, callee in through)),
        tuple(sorted(requests)),
        tuple(
            sorted(
                told, key=lambda item: (item[2], -1 if item[0] is None else item[0], -1 if item[1] is None else item[1])
            )
        ),
    )


def encode_recording(recording: Recording) -> bytes:
    """The bytes of a recording: UTF-8 JSON on one line."""
    return msgspec.json.encode(_Document(RECORDING_SCHEMA.name, RECORDING_SCHEMA.version, recording)) + b"\n"


def load_recording(path: Path) -> Recording:
    """Read a recording. Raises InputError if it is missing, damaged or of another version."""
    content = ArtefactStore(path.parent).read_document(path, RECORDING_SCHEMA, "strangler record -- COMMAND")
    try:
        return msgspec.json.decode(content, type=_Document).recording
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"is damaged: {error}", where=str(path), remedy="run: strangler record -- COMMAND") from error
