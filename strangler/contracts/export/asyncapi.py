"""A document's events as AsyncAPI 3.0 (https://www.asyncapi.com/docs/reference/specification/v3.0.0)."""

from __future__ import annotations

from strangler.contracts.document import Document, EventStream, Union
from strangler.contracts.export.json_schema import Schemas, ways_of
from strangler.contracts.library import Library
from strangler.contracts.use import reachable
from strangler.model.json_value import Json, JsonObject

_JSON = "application/json"


def asyncapi(document: Document, library: Library) -> JsonObject:
    """What the service publishes: a channel for each stream, a message for each type of its union."""
    schemas = Schemas(document, library, "#/components/schemas/")
    channels: dict[str, Json] = {}
    operations: dict[str, Json] = {}
    messages: dict[str, Json] = {}
    for stream in document.events:
        union = library.union(stream.type)
        if union is None:
            continue
        names = {item.value: f"{union.name}.{item.value}" for item in union.members}
        messages.update({names[value]: message for value, message in _messages(union, schemas).items()})
        channels[union.name] = _channel(stream, names)
        operations[f"publish_{union.name}"] = {
            "action": "send",
            "channel": {"$ref": f"#/channels/{union.name}"},
            "messages": [{"$ref": f"#/channels/{union.name}/messages/{value}"} for value in names],
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
        "messages": {value: {"$ref": f"#/components/messages/{name}"} for value, name in names.items()},
        **about,
    }


def _messages(union: Union, schemas: Schemas) -> dict[str, JsonObject]:
    return {
        item.value: {
            "name": item.value,
            "contentType": _JSON,
            "payload": schemas.of_member(union, item),
        }
        for item in union.members
    }
