"""The saved form of a system's facts: ``.strangler/graph.json``.

One JSON object: ``schema`` and ``version`` say what it is, ``facts`` mirrors `SystemFacts`
field by field. Equal facts give equal bytes.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from strangler.model.system import SystemFacts
from strangler_analyzers.errors import DamagedGraphError, NewerGraphError, OlderGraphError

SCHEMA = "strangler.graph"
VERSION = 1


@dataclass(frozen=True, slots=True)
class _Header:
    schema: str
    version: int


@dataclass(frozen=True, slots=True)
class _Document:
    schema: str
    version: int
    facts: SystemFacts


def encode_facts(facts: SystemFacts) -> bytes:
    """The bytes of a graph file: UTF-8 JSON on one line."""
    return msgspec.json.encode(_Document(SCHEMA, VERSION, facts)) + b"\n"


def decode_facts(content: bytes, where: str = "graph.json") -> SystemFacts:
    """The facts in the bytes of a graph file; `where` names the file in errors.

    Raises DamagedGraphError, OlderGraphError or NewerGraphError.
    """
    try:
        header = msgspec.json.decode(content, type=_Header)
        if header.schema != SCHEMA:
            raise DamagedGraphError(where, f"its schema is {header.schema!r}, not {SCHEMA!r}")
        if header.version > VERSION:
            raise NewerGraphError(where, header.version, VERSION)
        if header.version < VERSION:
            raise OlderGraphError(where, header.version, VERSION)
        return msgspec.json.decode(content, type=_Document).facts
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DamagedGraphError(where, str(error)) from error
