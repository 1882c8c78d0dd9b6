"""Renders changed rows as the events that a design document publishes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeGuard

import msgspec

from strangler.contracts.document import Document
from strangler.contracts.library import Library
from strangler.contracts.publishing.fitting import Exact, Fitting, UnfitError
from strangler.contracts.publishing.published_things import (
    EVENT_ID,
    TIMESTAMP,
    EventForm,
    PublishedThing,
    faults,
    published_things,
)
from strangler.contracts.type_reference import BuiltIn, NamedType
from strangler.model.errors import ConfigurationError
from strangler.model.events import ChangedRow, EventTerms, PersonalData, RenderedEvent, UnfitEventError

_DECODER = msgspec.json.Decoder(dict[str, object], float_hook=Decimal)
_NUMBER = re.compile(r"-?\d+", re.ASCII)
_ENCODER = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, slots=True)
class DocumentRenderer:
    """Renders the changed rows of some tables as events; rows of other tables are not published."""

    service: str
    fitting: Fitting
    things: Mapping[str, PublishedThing]

    def __call__(self, changed: ChangedRow) -> RenderedEvent | None:
        """The event of a changed row; UnfitEventError if the row does not fit the document."""
        thing = self.things.get(changed.table)
        if thing is None:
            return None
        form = thing.gone if changed.gone else thing.there
        try:
            data = self._data(form, changed)
        except UnfitError as error:
            raise UnfitEventError(self.service, changed, str(error)) from error
        return RenderedEvent(thing.stream, form.value, _ENCODER.encode(data).decode())

    def _data(self, form: EventForm, changed: ChangedRow) -> Mapping[str, Exact]:
        moment = datetime.fromtimestamp(changed.changed_at, UTC).isoformat(timespec="microseconds")
        payload, path = form.payload.type, form.payload.name
        row: object = _DECODER.decode(changed.row)
        if not _is_exact(row):
            raise UnfitError(path, "is no object")
        data: dict[str, Exact] = {
            form.discriminator: form.value,
            EVENT_ID: changed.event_id,
            TIMESTAMP: moment.replace("+00:00", "Z"),
        }
        if isinstance(payload, NamedType) and payload.built_in is not None:
            data[path] = self.fitting.value(payload, _key_as(payload.built_in, changed.key), path)
        else:
            data[path] = self.fitting.value(payload, row, path)
        return data


def _key_as(type_: BuiltIn, key: str) -> Exact:
    """The key of a row as a value of a built-in type, if it can be one."""
    is_number = type_ in {BuiltIn.INTEGER, BuiltIn.LONG} and _NUMBER.fullmatch(key)
    return int(key) if is_number else key


def _is_exact(value: object) -> TypeGuard[Mapping[str, Exact]]:
    """Whether it is a JSON object, the only thing that the decoder returns."""
    return isinstance(value, dict)


def document_renderer(
    service: str, document: Document, library: Library, terms: EventTerms, tables: Mapping[str, frozenset[str]]
) -> DocumentRenderer:
    """The renderer of a service's document, for tables with these columns.

    ConfigurationError if the document publishes none of the tables, `terms` name a model or table that does not exist,
    a required field has no column, or it is undecided what happens to personal data.
    """
    things = published_things(document, library, terms)
    for table, model in terms.models.items():
        if table not in tables or model not in things:
            missing = f"{service} has no table {table}" if table not in tables else f"no stream publishes {model}"
            raise ConfigurationError(missing, where=f"[services.{service}.events.models]")
    published: dict[str, PublishedThing] = {}
    for table, columns in tables.items():
        if (thing := things.get(terms.models.get(table, table))) is not None:
            if wrong := [*faults(library, thing, table, columns, terms.personal_data)]:
                remedy = f"mend the document, the mapping, or [services.{service}.events]"
                raise ConfigurationError("; ".join(wrong), where=document.file, remedy=remedy)
            published[table] = thing
    if not published:
        raise ConfigurationError(
            f"no stream publishes any of the tables {', '.join(sorted(tables))}",
            where=document.file,
            remedy=f'say which model its rows are: [services.{service}.events.models] TABLE = "MODEL"',
        )
    return DocumentRenderer(service, Fitting(library, terms.personal_data or PersonalData.PUBLISH), published)
