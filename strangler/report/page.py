"""Puts the report together: one HTML file without anything to fetch."""

from __future__ import annotations

import base64
import gzip
import hashlib
from html import escape
from importlib.resources import files
from string import Template

import msgspec

from strangler.report.payload import payload
from strangler_analyzers.graph.summary import Summary
from strangler_analyzers.graph.system_graph import SystemGraph

SCRIPTS = ("dom.js", "data.js", "overview.js", "lists.js", "request.js", "treemap.js", "map.js", "main.js")
"""The page's scripts in the order they run, one global scope."""


def report_page(graph: SystemGraph, summary: Summary) -> bytes:
    """The report as UTF-8 HTML, byte-identical for equal facts.

    The data are gzip in base64, which can not end a script element; the content security policy allows exactly
    the page's own script and style and no connection at all.
    """
    assets = files("strangler.report") / "assets"
    style = (assets / "report.css").read_text("utf-8")
    script = "\n".join((assets / name).read_text("utf-8") for name in SCRIPTS)
    data = gzip.compress(msgspec.json.encode(payload(graph, summary)), compresslevel=9, mtime=0)
    page = Template((assets / "report.html").read_text("utf-8")).substitute(
        title=escape(summary.root),
        style=style,
        style_hash=_hash(style),
        script=script,
        script_hash=_hash(script),
        data=base64.b64encode(data).decode(),
    )
    return page.encode()


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
