"""Reads ``[monolith]``."""

from __future__ import annotations

from strangler.model.resilience import MONOLITH_TERMS
from strangler.project import Framework, Monolith
from strangler.project_sections.forwarding import read_upstream_fields
from strangler.project_sections.references import read_database, read_upstreams
from strangler.project_sections.resilience import read_resilience
from strangler.project_sections.tls import read_upstream_tls
from strangler.toml_section import Section


def read_monolith(section: Section) -> Monolith:
    """Read the section; problems are reported to its document."""
    framework = section.choice("framework", tuple(Framework))
    monolith = Monolith(
        root=section.text("root") or ".",
        exclude=section.texts("exclude"),
        framework=Framework(framework) if framework else None,
        settings=section.text("settings"),
        urlconf=section.text("urlconf"),
        database=read_database(section),
        upstreams=read_upstreams(section),
        concurrency=section.count("concurrency"),
        resilience=read_resilience(section.section("resilience"), MONOLITH_TERMS),
        tls=read_upstream_tls(section.section("tls")),
        headers=read_upstream_fields(section.section("headers")),
    )
    section.close()
    return monolith
