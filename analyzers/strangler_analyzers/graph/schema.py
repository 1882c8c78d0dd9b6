"""The JSON schema of ``.strangler/graph.json``, made from the saved records; docs/graph.schema.json holds it."""

from __future__ import annotations

import inspect
import json

import msgspec

from strangler.model.system import SystemFacts
from strangler_analyzers.graph.codec import GRAPH_SCHEMA

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def graph_schema() -> str:
    """The schema as indented JSON, for programs that read the file without strangler."""
    (facts,), definitions = msgspec.json.schema_components([SystemFacts], ref_template="#/$defs/{name}")
    for definition in definitions.values():
        if "description" in definition:  # Docstrings, which Python 3.13 keeps without their indentation.
            definition["description"] = inspect.cleandoc(definition["description"])
    schema = {
        "$schema": _DIALECT,
        "title": f"{GRAPH_SCHEMA.name} {GRAPH_SCHEMA.version}",
        "description": "What strangler analyze found out about one system.",
        "type": "object",
        "properties": {
            "schema": {"const": GRAPH_SCHEMA.name},
            "version": {"const": GRAPH_SCHEMA.version},
            "facts": facts,
        },
        "required": ["schema", "version", "facts"],
        "$defs": dict(sorted(definitions.items())),
    }
    return json.dumps(schema, indent=2) + "\n"
