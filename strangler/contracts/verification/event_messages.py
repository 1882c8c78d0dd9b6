"""Checks published events against the unions of a document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import msgspec

from strangler.contracts.document import Document, EventStream
from strangler.contracts.library import Library
from strangler.contracts.verification.finding import ContractRule, Finding
from strangler.contracts.verification.misfit import misfits
from strangler.model.errors import ConfigurationError
from strangler.model.json_value import Json

_CASE = "an event"
_PAYLOAD = "data"
"""The member of an envelope that holds the event (CloudEvents 1.0.2, JSON format, section 3.1)."""


def event_findings(
    lines: Iterable[bytes], file: str, document: Document, library: Library
) -> tuple[int, tuple[Finding, ...]]:
    """Return how many events the lines of a file hold, and how they deviate from the document's unions.

    Each line is an event, or an envelope with an event as its ``data``. The discriminator's value tells which union it
    belongs to. ConfigurationError if the document has no events.
    """
    if not document.events:
        raise ConfigurationError("the document has no events", where=document.file, remedy="declare unions in events")
    found: dict[tuple[ContractRule, str, str], Finding] = {}
    count = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        count += 1
        for item in _of_line(line, f"{file}:{number}", document, library):
            key = item.rule, item.operation, item.subject
            known = found.get(key)
            found[key] = item if known is None else replace(known, count=known.count + 1)
    return count, tuple(found.values())


def _of_line(line: bytes, where: str, document: Document, library: Library) -> Iterable[Finding]:
    first = document.events[0]
    try:
        content: Json = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        about = ContractRule.BODY, first.name, "event", first.place, "a JSON object on a line", f"no JSON: {error}"
        yield Finding(*about, _CASE, where)
        return
    event = _event(content, document, library)
    stream = _stream(event, document, library) or first
    for item in misfits(event, stream.type, stream.place, library):
        yield Finding(item.rule, stream.name, item.path, item.place, item.expected, item.came, _CASE, where)


def _event(content: Json, document: Document, library: Library) -> Json:
    """The event itself, taken out of its envelope if it has one."""
    if not isinstance(content, Mapping) or _stream(content, document, library) is not None:
        return content
    payload = content.get(_PAYLOAD)
    return payload if isinstance(payload, Mapping) else content


def _stream(event: Json, document: Document, library: Library) -> EventStream | None:
    if not isinstance(event, Mapping):
        return None
    for stream in document.events:
        union = library.union(stream.type)
        if union is not None and any(item.value == event.get(union.discriminator) for item in union.members):
            return stream
    return None
