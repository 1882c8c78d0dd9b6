"""Exports a document's events as AsyncAPI 3.0 (https://www.asyncapi.com/docs/reference/specification/v3.0.0)."""

from __future__ import annotations

import re

from strangler.contracts.distinct_names import distinct
from strangler.contracts.document import Document, EventStream, Union, UnionMember
from strangler.contracts.export.json_schema import Schemas, ways_of
from strangler.contracts.library import Library
from strangler.contracts.use import reachable
from strangler.model.json_value import Json, JsonObject

_JSON = "application/json"
_NO_KEY = re.compile(r"[^A-Za-z0-9._-]+")
"""Characters that a key of AsyncAPI's components must not contain."""


def asyncapi(document: Document, library: Library) -> JsonObject:
    """What the service publishes: a channel for each stream, and a message for each type of its union."""
    schemas = Schemas(document, library, "#/components/schemas/")
    channels: dict[str, Json] = {}
    operations: dict[str, Json] = {}
    messages: dict[str, Json] = {}
    for stream in document.events:
        union = library.union(stream.type)
        if union is None:
            continue
        channel = schemas.name(stream.type.name)
        keys = distinct(_NO_KEY.sub("_", item.value) for item in union.members)
        for key, member in zip(keys, union.members, strict=True):
            messages[f"{channel}.{key}"] = _message(union, member, schemas)
        channels[channel] = _channel(stream, {key: f"{channel}.{key}" for key in keys})
        operations[f"publish_{channel}"] = {
            "action": "send",
            "channel": {"$ref": f"#/channels/{channel}"},
            "messages": [{"$ref": f"#/channels/{channel}/messages/{key}"} for key in keys],
        }
    needed = reachable([item.type for item in document.events], library)
    about = {"description": document.description} if document.description else {}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": document.name, "version": document.version, **about},
        "defaultContentType": _JSON,
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": schemas.definitions(needed, ways_of(document, library))},
    }


def _channel(stream: EventStream, names: dict[str, str]) -> JsonObject:
    about = {"description": stream.description} if stream.description else {}
    return {
        "address": stream.name,
        "messages": {key: {"$ref": f"#/components/messages/{name}"} for key, name in names.items()},
        **about,
    }


def _message(union: Union, member: UnionMember, schemas: Schemas) -> JsonObject:
    return {"name": member.value, "contentType": _JSON, "payload": schemas.of_member(union, member)}
