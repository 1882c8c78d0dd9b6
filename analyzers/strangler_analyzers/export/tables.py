"""CSV: one table of nodes and one of edges, for spreadsheets and databases."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterable, Mapping
from io import BytesIO, StringIO

from strangler_analyzers.graph.elements import Attribute, edges, nodes
from strangler_analyzers.graph.system_graph import SystemGraph

NODE_COLUMNS = (
    "id",
    "kind",
    "file",
    "line",
    "end_line",
    "lines",
    "role",
    "is_async",
    "bases",
    "method",
    "path",
    "handler",
    "framework",
    "route_name",
    "origin",
    "model",
    "columns",
    "external_kind",
    "entry_kind",
    "requests",
    "client_errors",
    "server_errors",
    "p50_ms",
    "p95_ms",
    "p99_ms",
    "statements_read",
    "statements_written",
)
EDGE_COLUMNS = (
    "source",
    "target",
    "kind",
    "file",
    "line",
    "column",
    "call_kind",
    "operation",
    "confidence",
    "transaction",
    "in_loop",
    "context",
    "deferred",
    "typing_only",
    "position",
    "middleware",
    "helper",
    "from_column",
    "to_column",
    "on_delete",
    "requests",
    "observed",
    "through_library",
)


def csv_tables(graph: SystemGraph) -> dict[str, bytes]:
    """``nodes.csv`` and ``edges.csv`` by name: UTF-8 with a header; attributes that a kind lacks are empty."""
    node_rows = ({"id": node.id, "kind": node.kind.value, **node.attributes} for node in nodes(graph.facts))
    edge_rows = (
        {
            "source": edge.source,
            "target": edge.target,
            "kind": edge.kind.value,
            "file": "" if edge.location is None else edge.location.file,
            "line": "" if edge.location is None else edge.location.line,
            **edge.attributes,
        }
        for edge in edges(graph.facts)
    )
    return {"nodes.csv": _table(NODE_COLUMNS, node_rows), "edges.csv": _table(EDGE_COLUMNS, edge_rows)}


def csv_archive(graph: SystemGraph) -> bytes:
    """Both tables in one zip archive, byte-identical for equal facts."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in csv_tables(graph).items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _table(columns: Iterable[str], rows: Iterable[Mapping[str, Attribute]]) -> bytes:
    target = StringIO()
    writer = csv.DictWriter(target, list(columns), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(value) for name, value in row.items()})
    return target.getvalue().encode()


def _cell(value: Attribute) -> str | int:
    return str(value).lower() if isinstance(value, bool) else value
