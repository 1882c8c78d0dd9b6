"""What a document publishes: for each thing, the event that it exists and the event that it was deleted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from strangler.contracts.document import Document, Field, Model, UnionMember
from strangler.contracts.library import Library
from strangler.contracts.lint.event_rules import DELETED, UPSERTED
from strangler.contracts.personal_data import NOT_PERSONAL, PERSONAL, is_personal, is_undecided
from strangler.contracts.type_reference import STRING
from strangler.contracts.use import reachable
from strangler.model.errors import ConfigurationError
from strangler.model.events import EventTerms, PersonalData

EVENT_ID, TIMESTAMP = "event_id", "timestamp"
_HASH_LENGTH = 64


@dataclass(frozen=True, slots=True)
class EventForm:
    """One type of a union: the discriminator and its value, the model, and the field that holds the thing."""

    discriminator: str
    value: str
    model: Model
    payload: Field


@dataclass(frozen=True, slots=True)
class PublishedThing:
    """How the rows of a table are published: the stream and its events; `gone` is None if there is no such event."""

    name: str
    stream: str
    there: EventForm
    gone: EventForm


def published_things(document: Document, library: Library, terms: EventTerms) -> Mapping[str, PublishedThing]:
    """The things of all streams of a document, by name; stream names are prefixed with the environment.

    ConfigurationError if a thing is in two streams, or if only its existence or only its deletion is published.
    """
    forms: dict[tuple[str, bool], tuple[str, EventForm]] = {}
    for stream in document.events:
        union = library.union(stream.type)
        for member in union.members if union else ():
            if union and (form := _form(library, union.discriminator, member)) is not None:
                thing, gone = _thing(form.model)
                if (thing, gone) in forms:
                    raise _wrong(document, f"{form.model.name} is in two streams", "publish it in one")
                name = f"{terms.environment}.{stream.name}" if terms.environment else stream.name
                forms[thing, gone] = (name, form)
    things: dict[str, PublishedThing] = {}
    for thing in dict.fromkeys(name for name, _ in forms):
        there, gone = forms.get((thing, False)), forms.get((thing, True))
        if there is None or gone is None or there[0] != gone[0]:
            missing = f"{thing}{UPSERTED if there is None else DELETED}"
            raise _wrong(document, f"{thing} has no {missing} in the same stream", "put both into one union")
        things[thing] = PublishedThing(thing, there[0], there[1], gone[1])
    return things


def _form(library: Library, discriminator: str, member: UnionMember) -> EventForm | None:
    model = library.model(member.type)
    if model is None or not model.name.endswith((UPSERTED, DELETED)):
        return None
    payload = model.field(_thing(model)[0])
    return None if payload is None else EventForm(discriminator, member.value, model, payload)


def _thing(model: Model) -> tuple[str, bool]:
    """The thing that an event is about, and whether the event says that it was deleted."""
    gone = model.name.endswith(DELETED)
    return model.name.removesuffix(DELETED if gone else UPSERTED), gone


def faults(
    library: Library, thing: PublishedThing, table: str, columns: frozenset[str], personal_data: PersonalData | None
) -> Iterator[str]:
    """The reasons why rows of a table with these columns cannot be rendered as a thing."""
    yield from _unfilled(library, thing, table, columns)
    payloads = [thing.there.payload.type, thing.gone.payload.type]
    models = (library.declarations[name] for name in sorted(reachable(payloads, library)))
    fields = [(model, field) for model in models if isinstance(model, Model) for field in model.fields]
    for model, field in fields:
        if is_personal(field) and (reason := _undecided(field, personal_data)):
            yield f"{model.name}.{field.name} is personal data: {reason}"
        if is_undecided(field):
            yield (
                f"{model.name}.{field.name} may be personal data, and nobody has decided:"
                f' annotations: ["{PERSONAL}"] or ["{NOT_PERSONAL}"]'
            )


def _unfilled(library: Library, thing: PublishedThing, table: str, columns: frozenset[str]) -> Iterator[str]:
    for form in (thing.there, thing.gone):
        known = {EVENT_ID, TIMESTAMP, form.discriminator, form.payload.name}
        for field in form.model.fields:
            if field.must_be_sent and field.name not in known:
                yield f"nothing is known for {form.model.name}.{field.name}, which is required"
    model = library.model(thing.there.payload.type)
    for field in model.fields if model else ():
        if field.must_be_sent and field.name not in columns:
            yield f"{model.name if model else table}.{field.name} is required, and {table} has no such column"


def _undecided(field: Field, personal_data: PersonalData | None) -> str | None:
    match personal_data:
        case None:
            return 'say personal_data = "publish", "leave-out" or "hash"'
        case PersonalData.LEAVE_OUT if field.required:
            return "what is required cannot be left out"
        case PersonalData.HASH if field.type != STRING or (field.maximum or _HASH_LENGTH) < _HASH_LENGTH:
            return f"only strings that may have {_HASH_LENGTH} characters can be hashed"
        case _:
            return None


def _wrong(document: Document, what: str, remedy: str) -> ConfigurationError:
    return ConfigurationError(what, where=document.file, remedy=remedy)
