#!/usr/bin/env python3
"""Write the generated pages of docs/."""

from pathlib import Path

from strangler.cli.reference import reference
from strangler_analyzers.graph.schema import graph_schema

DOCS = Path(__file__).parents[1] / "docs"
DOCS.joinpath("commands.md").write_text(reference(), encoding="utf-8")
DOCS.joinpath("graph.schema.json").write_text(graph_schema(), encoding="utf-8")
