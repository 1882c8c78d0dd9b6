"""The committed schema of the graph file and the file cannot drift apart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from strangler_analyzers.graph.codec import encode_facts
from strangler_analyzers.graph.schema import graph_schema
from tests.analyzers.shop_facts import shop_facts

PAGE = Path(__file__).parents[3] / "docs" / "graph.schema.json"


def test_the_committed_schema_is_that_of_the_records() -> None:
    """After a change of a record: make docs."""
    assert PAGE.read_text(encoding="utf-8") == graph_schema()


def test_a_saved_graph_has_the_fields_of_the_schema() -> None:
    """Every record holds what its definition requires and nothing it does not know."""
    schema: Mapping[str, Any] = json.loads(graph_schema())
    document: Mapping[str, Any] = json.loads(encode_facts(shop_facts()))
    assert (schema["properties"]["schema"]["const"], schema["properties"]["version"]["const"]) == (
        document["schema"],
        document["version"],
    )
    facts: dict[str, dict[str, Any]] = schema["$defs"]["SystemFacts"]["properties"]
    saved: dict[str, Any] = document["facts"]
    assert set(saved) == set(facts)
    compared = 0
    for name, field in facts.items():
        reference = str(field.get("items", {}).get("$ref", ""))
        definition: dict[str, Any] | None = schema["$defs"].get(reference.removeprefix("#/$defs/"))
        records: list[dict[str, Any]] = saved[name] if definition is not None else []
        for record in records:
            assert definition is not None
            assert set(definition["required"]) <= set(record) <= set(definition["properties"])
            compared += 1
    assert compared > 50
