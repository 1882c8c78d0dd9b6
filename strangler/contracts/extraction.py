"""A first draft of a document, from the tables and routes of a boundary: what is not known says ``decide``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from strangler.contracts.document import Method
from strangler.model.system import ANY_METHOD, Column, Route, Table

_TYPES: Mapping[str, str] = {
    "bigint": "long", "bigautofield": "long", "bigintegerfield": "long", "biginteger": "long",
    "positivebigintegerfield": "long", "foreignkey": "long", "onetoonefield": "long",
    "autofield": "integer", "integerfield": "integer", "integer": "integer", "int": "integer", "smallint": "integer",
    "smallinteger": "integer", "smallautofield": "integer", "smallintegerfield": "integer",
    "positiveintegerfield": "integer", "positivesmallintegerfield": "integer",
    "booleanfield": "boolean", "boolean": "boolean", "nullbooleanfield": "boolean",
    "decimalfield": "decimal", "numeric": "decimal", "decimal": "decimal", "floatfield": "double", "float": "double",
    "uuidfield": "uuid", "uuid": "uuid", "datefield": "date-iso8601", "date": "date-iso8601",
    "datetimefield": "date-time-iso8601", "datetime": "date-time-iso8601", "timestamp": "date-time-iso8601",
    "jsonfield": "json", "json": "json", "jsonb": "json",
    "charfield": "string", "textfield": "string", "slugfield": "string", "emailfield": "string", "urlfield": "string",
    "string": "string", "text": "string", "varchar": "string", "unicode": "string", "unicodetext": "string",
}  # fmt: skip
"""Types of Django, SQLAlchemy and SQL by their names in lower case."""
_PLACEHOLDER = re.compile(r"\{(\w+)(?::[^{}]*)?\}")
_HEALTH = """\
    healthcheck: {
      description: "How the service is.",
      fields: [{ name: "status", type: "string", example: "healthy" }],
    },
"""
_HEALTH_RESOURCE = """\
    healthcheck: {
      path: "/_internal_",
      operations: [
        {
          method: "GET", path: "/healthcheck", description: "Whether the service is well.",
          responses: { "200": { type: "healthcheck" } },
        },
      ],
    },
"""


def draft(service: str, namespace: str, tables: Sequence[Table], routes: Iterable[Route]) -> str:
    """The text of a document; `strangler design lint` then says what there is to decide."""
    models = {_model_name(table): table for table in sorted(tables, key=lambda item: item.name)}
    lines = [
        f"// Drafted from the monolith by: strangler design extract {service}",
        "// What only people know is marked: decide. Then ask: strangler design lint",
        "{",
        f"  name: {_text(service)},",
        f"  namespace: {_text(namespace)},",
        '  version: "0.1.0",',
        "  models: {",
        _HEALTH.rstrip("\n"),
    ]
    for name, table in models.items():
        lines += [*_model(name, table), *_event(name, "upserted"), *_event(name, "deleted")]
    lines += ["  },", "  unions: {"]
    for name in models:
        lines += _union(name)
    lines += [
        "  },",
        "  resources: {",
        _HEALTH_RESOURCE.rstrip("\n"),
        *_resource(models, routes),
        "  },",
        "  events: {",
    ]
    version = namespace.rpartition(".")[2]
    lines += [f"    {name}_event: {{ stream: {_text(f'{service}.{version}.{name}_event.json')} }}," for name in models]
    return "\n".join([*lines, "  },", "}", ""])


def _model_name(table: Table) -> str:
    name = table.name if table.model is None else table.model.rpartition(":")[2].rpartition(".")[2]
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+", "_", name).strip("_").lower()
    return words if words[:1].isalpha() else f"table_{words}"


def _model(name: str, table: Table) -> Iterator[str]:
    yield f"    {name}: {{ // of the table {table.name}"
    yield "      // decide: description"
    yield "      fields: ["
    for column in table.columns:
        yield f"        {_field(column)}"
    yield "      ],"
    yield "    },"


def _field(column: Column) -> str:
    base = column.type.rpartition(".")[2].partition("(")[0].lower()
    known = _TYPES.get(base)
    parts = [f"name: {_text(column.name)}", f"type: {_text(known or 'string')}"]
    if column.nullable:
        parts.append("required: false")
    note = "" if known else f" // decide: {' '.join(column.type.split()) or 'its type'} in the monolith"
    return f"{{ {', '.join(parts)} }},{note}"


def _event(name: str, what: str) -> Iterator[str]:
    verb = "is there, or another one now" if what == "upserted" else "is gone"
    yield f"    {name}_{what}: {{"
    yield f'      description: "A {name} {verb}.",'
    yield "      fields: ["
    yield '        { name: "event_id", type: "string" },'
    yield '        { name: "timestamp", type: "date-time-iso8601" },'
    yield f'        {{ name: "{name}", type: "{name}" }},'
    yield "      ],"
    yield "    },"


def _union(name: str) -> Iterator[str]:
    yield f"    {name}_event: {{"
    yield f'      description: "What happens to each {name}.",'
    yield '      discriminator: "discriminator",'
    yield f'      types: [{{ type: "{name}_upserted" }}, {{ type: "{name}_deleted" }}],'
    yield "    },"


def _resource(models: Mapping[str, Table], routes: Iterable[Route]) -> Iterator[str]:
    """All routes below the first model: which of them is about which is for people to decide."""
    name = next(iter(models), "json")
    requests = dict.fromkeys(
        (method, _PLACEHOLDER.sub(r"{\1}", route.path), str(route.location))
        for route in sorted(routes, key=lambda item: (item.path, item.method))
        for method in (("GET",) if route.method == ANY_METHOD else (route.method,))
        if method in set(Method)
    )
    seen: set[tuple[str, str]] = set()
    yield f"    {name}: {{ // decide: which of these are about something else"
    yield "      operations: ["
    for method, path, place in requests:
        if (method, path) not in seen:
            seen.add((method, path))
            yield from _operation(method, path, place)
    yield "      ],"
    yield "    },"


def _operation(method: str, path: str, place: str) -> Iterator[str]:
    parameters = [f'{{ name: "{name}", type: "string" }}' for name in dict.fromkeys(_PLACEHOLDER.findall(path))]
    yield f"        {{ // {place}; decide: description, body, what is answered"
    yield f'          method: "{method}", path: {_text(path)},'
    if parameters:
        yield f"          parameters: [{', '.join(parameters)}], // decide: types"
    yield '          responses: { "200": { type: "unit" } },'
    yield "        },"


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
