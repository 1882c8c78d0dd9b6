"""Drafts a document from the tables and routes of a boundary; what the code does not tell is marked ``decide``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from strangler.contracts.document import HEALTH_MODEL, HEALTH_PATH, Method
from strangler.contracts.draft_fields import field, in_one_line
from strangler.contracts.draft_names import field_names, model_names, parameter_path, words
from strangler.contracts.key_types import key_type
from strangler.contracts.operation_path import is_path
from strangler.model.drafted_route import DraftedRoute
from strangler.model.drafted_use import DraftedUse
from strangler.model.tables import Table
from strangler.model.template import anonymous

HEALTH = """\
    healthcheck: {
      description: "How the service is.",
      fields: [{ name: "status", type: "string", example: "healthy" }],
    },
"""
HEALTH_RESOURCE = """\
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


@dataclass(frozen=True, slots=True)
class MonolithFacts:
    """What a draft takes from the monolith: all its tables, and what the boundary's code uses of other services.

    `engine` is that of the monolith's database; empty if unknown.
    """

    tables: Sequence[Table] = ()
    uses: Sequence[DraftedUse] = ()
    engine: str = ""


_UNKNOWN = MonolithFacts()


def usual_namespace(service: str) -> str:
    """The conventional first namespace of a service: ``order-items`` -> ``order_items.v0``."""
    name = words(service)
    return f"{name if name[:1].isalpha() else f'service_{name}'}.v0"


def draft(
    service: str,
    namespace: str,
    tables: Sequence[Table],
    routes: Iterable[DraftedRoute],
    monolith: MonolithFacts = _UNKNOWN,
) -> str:
    """The text of a document; `strangler design lint` then reports what is left to decide.

    A reference has the type of the key it refers to, even if that table is outside the boundary.
    """
    models = model_names(tables, [HEALTH_MODEL])
    known = {table.name: table for table in (*monolith.tables, *tables)}
    lines = [
        f"// Drafted from the monolith by: strangler design extract {service}",
        "// What only people know is marked: decide. Then ask: strangler design lint",
        "{",
        f"  name: {_text(service)},",
        f"  namespace: {_text(namespace)},",
        '  version: "0.1.0",',
        *_uses(monolith.uses),
        "  models: {",
        HEALTH.rstrip("\n"),
    ]
    for name, table in models.items():
        lines += [*_model(name, table, known, monolith.engine), *_event(name, "upserted"), *_event(name, "deleted")]
    lines += ["  },", "  unions: {"]
    for name in models:
        lines += _union(name)
    lines += [
        "  },",
        "  resources: {",
        HEALTH_RESOURCE.rstrip("\n"),
        *_resource(models, routes),
        "  },",
        "  events: {",
    ]
    version = namespace.rpartition(".")[2]
    lines += [f"    {name}_event: {{ stream: {_text(f'{service}.{version}.{name}_event.json')} }}," for name in models]
    return "\n".join([*lines, "  },", "}", ""])


def _uses(uses: Sequence[DraftedUse]) -> Iterator[str]:
    """What the monolith does within itself; people must decide whether each use becomes a call or a followed event."""
    if not uses:
        return
    yield "  // decide: uses, which are calls or events to follow, of what the code does in the monolith:"
    for use in uses:
        yield f"  //   {in_one_line(use.what)} of {in_one_line(use.service)}; {in_one_line(use.place)}"
    yield "  // uses: {"
    for service in dict.fromkeys(use.service for use in uses):
        yield f'  //   {_text(usual_namespace(service))}: {{ operations: ["GET /path"], events: ["name_event"] }},'
    yield "  // },"


def _model(name: str, table: Table, known: Mapping[str, Table], engine: str) -> Iterator[str]:
    yield f"    {name}: {{ // of the table {in_one_line(table.name)}"
    yield "      // decide: description"
    yield "      fields: ["
    names = field_names([column.name for column in table.columns])
    for called, column in zip(names, table.columns, strict=True):
        yield f"        {field(called, column, key_type(column, table, known), engine)}"
    yield "      ],"
    yield "    },"


def _event(name: str, what: str) -> Iterator[str]:
    article = "An" if name[:1] in "aeiou" else "A"
    verb = "is there, or another one now" if what == "upserted" else "is gone"
    yield f"    {name}_{what}: {{"
    yield f'      description: "{article} {name} {verb}.",'
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


def _resource(models: Mapping[str, Table], routes: Iterable[DraftedRoute]) -> Iterator[str]:
    """All routes under the first model; people must decide which route belongs to which model."""
    yield f"    {next(iter(models), 'json')}: {{ // decide: which of these are about something else"
    yield "      operations: ["
    seen = {f"GET {HEALTH_PATH}"}
    for route in sorted(routes, key=lambda item: (item.path, item.method)):
        path, names = parameter_path(route.path)
        why = route.left_out
        if route.method not in set(Method) or not is_path(path):
            why = why or "it cannot be said here"
        if why:
            asked = in_one_line(f"{route.method} {route.path}")
            yield f"        // decide: {asked} is left out, {in_one_line(why)}; {in_one_line(route.place)}"
        elif (request := f"{route.method} {anonymous(path)}") not in seen:
            seen.add(request)
            yield from _operation(route, path, names)
    yield "      ],"
    yield "    },"


def _operation(route: DraftedRoute, path: str, names: Sequence[str]) -> Iterator[str]:
    parameters = [f'{{ name: "{name}", type: "{route.types.get(name, "string")}" }}' for name in names]
    unsure = [name for name in names if name not in route.types]
    first = f"{in_one_line(route.doubt)}, description" if route.doubt else "description"
    yield f"        {{ // {in_one_line(route.place)}; decide: {first}, body, what is answered"
    yield f'          method: "{route.method}", path: {_text(path)},'
    if parameters:
        note = f" // decide: {'type' if len(unsure) == 1 else 'types'} of {', '.join(unsure)}" if unsure else ""
        yield f"          parameters: [{', '.join(parameters)}],{note}"
    yield '          responses: { "200": { type: "unit" } },'
    yield "        },"


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
