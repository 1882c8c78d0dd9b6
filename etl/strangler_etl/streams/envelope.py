"""The envelope of an event, in the JSON of CloudEvents 1.0 (https://cloudevents.io, structured mode)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from strangler.model.json_value import JsonObject

_VERSION = "1.0"
_CONTENT = "application/json"
_SERVICES = "/services/"


class MalformedEnvelopeError(ValueError):
    """A message of a stream is not an event."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a stream.

    `id` is derived from the change: equal ids mean the same event. `stream` is also the name of its schema,
    ``env.service.vN.union.json``; `type` says which member of the union it is, `source` who produces it, `subject` is
    the key of the row it is about. `time` is in seconds since 1970. Events of one transaction, and of what they led to,
    share one `correlation`; `causation` is the id of the event that caused it, where its writer says so:
    `strangler_etl.streams.causes`. `data` is a JSON object as text, numbers with all their digits. An event that is
    published again has the id of its `replay`, and a `recipient` where it is for one consumer only.
    """

    id: str
    stream: str
    type: str
    source: str
    subject: str
    time: float
    data: str
    correlation: str | None = None
    causation: str | None = None
    replay: str | None = None
    recipient: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        """The key within which the order of events counts."""
        return self.stream, self.subject

    def body(self) -> JsonObject:
        """The data as Python objects; decimals lose digits beyond those of a float: decode `data` to keep them."""
        body: JsonObject = json.loads(self.data)
        return body


class _Envelope(msgspec.Struct, omit_defaults=True, kw_only=True):
    """The attributes as they are written; names of extensions have lower-case letters only."""

    id: str
    source: str
    type: str
    subject: str
    time: datetime
    stream: str
    data: msgspec.Raw
    specversion: str = msgspec.field(default="")
    datacontenttype: str = ""
    correlationid: str | None = None
    causationid: str | None = None
    replay: str | None = None
    recipient: str | None = None


_DECODER = msgspec.json.Decoder(_Envelope)


def source_of(service: str) -> str:
    """The source that the events of a service name."""
    return f"{_SERVICES}{service}"


def publisher_of(text: str) -> str | None:
    """The service whose event is in an envelope; None where the text is no event, or not of a service."""
    try:
        source = decode(text).source
    except MalformedEnvelopeError:
        return None
    return source.removeprefix(_SERVICES) if source.startswith(_SERVICES) else None


def encode(event: Event) -> str:
    """The event with its envelope as JSON."""
    envelope = _Envelope(
        specversion=_VERSION,
        id=event.id,
        source=event.source,
        type=event.type,
        subject=event.subject,
        time=datetime.fromtimestamp(event.time, UTC),
        datacontenttype=_CONTENT,
        stream=event.stream,
        correlationid=event.correlation,
        causationid=event.causation,
        replay=event.replay,
        recipient=event.recipient,
        data=msgspec.Raw(event.data.encode()),
    )
    return msgspec.json.encode(envelope).decode()


def decode(text: str) -> Event:
    """The event in an envelope; MalformedEnvelopeError where the text is not one."""
    try:
        found = _DECODER.decode(text)
    except msgspec.MsgspecError as error:
        raise MalformedEnvelopeError(str(error)) from error
    if found.specversion != _VERSION:
        raise MalformedEnvelopeError(f"specversion is {found.specversion or 'missing'}, and {_VERSION} is known")
    if any("\0" in each for each in (found.id, found.stream, found.subject, found.replay or "")):
        raise MalformedEnvelopeError("a NUL character is in what it is known by, which no database keeps")
    return Event(
        id=found.id,
        stream=found.stream,
        type=found.type,
        source=found.source,
        subject=found.subject,
        time=found.time.timestamp(),
        data=bytes(found.data).decode(),
        correlation=found.correlationid,
        causation=found.causationid,
        replay=found.replay,
        recipient=found.recipient,
    )
