"""Assembles the report: one HTML file that loads nothing else."""

from __future__ import annotations

import base64
import gzip
import hashlib
from collections.abc import Sequence
from html import escape

import msgspec

from strangler.model.printable import printable
from strangler.report.document.document import report_document
from strangler.report.document.grouping import DeclaredService
from strangler.report.document.project_facts import NOTHING_KNOWN, ProjectFacts
from strangler.report.front_end import FrontEnd
from strangler_analyzers.graph.summary import Summary
from strangler_analyzers.graph.system_graph import SystemGraph


def report_page(
    graph: SystemGraph,
    summary: Summary,
    front_end: FrontEnd,
    services: Sequence[DeclaredService] = (),
    project: ProjectFacts = NOTHING_KNOWN,
) -> bytes:
    """The report as UTF-8 HTML, byte-identical for equal facts.

    The data are gzip in base64, which cannot end a script element. The content security policy allows only the page's
    own script and style, and no connection at all.
    """
    document = msgspec.json.encode(report_document(graph, summary, services, project))
    data = gzip.compress(document, compresslevel=9, mtime=0)
    page = front_end.page.substitute(
        title=escape(printable(summary.root)),
        style=front_end.style,
        style_hash=_hash(front_end.style),
        script=front_end.script,
        script_hash=_hash(front_end.script),
        data=base64.b64encode(data).decode(),
    )
    return page.encode()


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
