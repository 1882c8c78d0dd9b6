"""Exports a document's operations as OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.1)."""

from __future__ import annotations

from strangler.contracts.distinct_names import distinct
from strangler.contracts.document import Document, Operation, Parameter, ParameterPlace, Response
from strangler.contracts.export.json_schema import DIALECT, Schemas, ways_of
from strangler.contracts.library import Library
from strangler.contracts.type_reference import UNIT, Type
from strangler.contracts.use import Direction, reachable, roots
from strangler.model.json_value import Json, JsonObject

_JSON = "application/json"


def openapi(document: Document, library: Library) -> JsonObject:
    """The description of the API; the id of an operation is made of its method and path."""
    schemas = Schemas(document, library, "#/components/schemas/")
    ways = ways_of(document, library)
    needed = reachable((*roots(document, Direction.SENT), *_answered(document)), library)
    paths: dict[str, dict[str, Json]] = {}
    headers = [Parameter(item, ParameterPlace.HEADER) for item in document.headers]
    tagged = [(item, resource.type.short) for resource in document.resources for item in resource.operations]
    for (operation, tag), name in zip(tagged, distinct(operation_id(item) for item, _ in tagged), strict=True):
        found = {"operationId": name, "tags": [tag], **_operation(operation, headers, schemas)}
        paths.setdefault(operation.path, {})[operation.method.lower()] = found
    return {
        "openapi": "3.1.0",
        "info": {"title": document.name, "version": document.version, **_described(document.description)},
        "jsonSchemaDialect": DIALECT,
        "paths": paths,
        "components": {"schemas": schemas.definitions(needed, ways)},
    }


def _answered(document: Document) -> list[Type]:
    return [item.type for operation in document.operations for item in operation.responses]


def _operation(operation: Operation, headers: list[Parameter], schemas: Schemas) -> dict[str, Json]:
    found: dict[str, Json] = {
        **_described(operation.description),
        "responses": {item.status: _response(item, schemas) for item in operation.responses}
        or {"default": {"description": "not designed yet"}},
    }
    own = {item.key for item in operation.parameters if item.within is ParameterPlace.HEADER}
    common = [item for item in headers if item.key not in own]
    if parameters := [*operation.parameters, *common]:
        found["parameters"] = [_parameter(item, schemas) for item in parameters]
    if operation.body is not None:
        found["requestBody"] = {"required": True, "content": {_JSON: {"schema": schemas.of_type(operation.body)}}}
    if operation.deprecation is not None:
        found["deprecated"] = True
    return found


def operation_id(operation: Operation) -> str:
    """``get_reviews_by_id``. Two paths that differ only in characters other than letters and digits may share an id."""
    parts = [operation.method.lower()]
    for segment in operation.path.strip("/").split("/"):
        name = segment.replace("{", "by_").replace("}", "")
        parts.append("".join(char if char.isalnum() else "_" for char in name))
    return "_".join(filter(None, parts))


def _parameter(item: Parameter, schemas: Schemas) -> JsonObject:
    schema = schemas.of_field(item.field)
    description, deprecated = schema.pop("description", None), schema.pop("deprecated", None)
    found: dict[str, Json] = {
        "name": item.field.name,
        "in": str(item.within),
        "required": item.within is ParameterPlace.PATH or item.field.must_be_sent,
        "schema": schema,
    }
    if description is not None:
        found["description"] = description
    if deprecated is not None:
        found["deprecated"] = True
    return found


def _response(item: Response, schemas: Schemas) -> JsonObject:
    found: dict[str, Json] = {"description": item.description or f"answered with {item.status}"}
    if item.type != UNIT:
        found["content"] = {_JSON: {"schema": schemas.of_type(item.type)}}
    return found


def _described(text: str) -> dict[str, Json]:
    return {"description": text} if text else {}
