"""The file format of a system's facts: ``.strangler/graph.json``.

One JSON object: ``schema`` and ``version`` identify the format, ``facts`` mirrors `SystemFacts` field by field. Equal
facts give equal bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from strangler.model.system import SystemFacts
from strangler.store import ArtefactStore, Schema
from strangler_analyzers.graph.errors import DamagedGraphError

GRAPH_SCHEMA = Schema("strangler.graph", 2)
_MADE_BY = "strangler analyze"


@dataclass(frozen=True, slots=True)
class _Document:
    schema: str
    version: int
    facts: SystemFacts


def encode_facts(facts: SystemFacts) -> bytes:
    """The bytes of a graph file: UTF-8 JSON on one line."""
    return msgspec.json.encode(_Document(GRAPH_SCHEMA.name, GRAPH_SCHEMA.version, facts)) + b"\n"


def decode_facts(content: bytes, where: str = "graph.json") -> SystemFacts:
    """The facts in the bytes of a graph file whose header has been checked; `where` names the file in errors.

    Raises DamagedGraphError with the path of the first invalid value.
    """
    try:
        return msgspec.json.decode(content, type=_Document).facts
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DamagedGraphError(where, str(error)) from error


def save_facts(store: ArtefactStore, facts: SystemFacts) -> None:
    """Write the graph file of a project."""
    store.write(store.graph_path, encode_facts(facts))


def load_facts(store: ArtefactStore) -> SystemFacts:
    """Read the graph file of a project.

    Raises InputError if it is missing, damaged or of another version.
    """
    return read_facts(store.graph_path)


def read_facts(path: Path) -> SystemFacts:
    """Read a graph file at any path; raises the same errors as `load_facts`."""
    return decode_facts(ArtefactStore(path.parent).read_document(path, GRAPH_SCHEMA, _MADE_BY), str(path))
