"""Reads ``[services.NAME]``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from strangler.model.resilience import SERVICE_TERMS
from strangler.project import Identity, Service
from strangler.project_sections.delivery import read_delivery
from strangler.project_sections.events import read_consumers, read_events
from strangler.project_sections.forwarding import read_upstream_fields
from strangler.project_sections.identity import read_identity
from strangler.project_sections.operations import read_operations
from strangler.project_sections.references import read_address, read_database, read_upstreams
from strangler.project_sections.resilience import read_resilience
from strangler.project_sections.tls import read_upstream_tls
from strangler.project_sections.traffic import read_traffic
from strangler.toml_section import Section

_SERVICE_NAME = re.compile(r"[a-z][a-z0-9_-]*")


def read_service(name: str, section: Section, identity: Identity | None = None) -> Service:
    """Read the section of the service `name`; `identity` is that of the gateway, its default."""
    if not _SERVICE_NAME.fullmatch(name):
        section.document.report(
            section.path, f"the service name {name} must be lower-case letters, digits, - and _, a letter first"
        )
    events = section.section("events")
    service = Service(
        name=name,
        modules=section.texts("modules"),
        tables=section.texts("tables"),
        database=read_database(section),
        upstreams=read_upstreams(section),
        concurrency=section.count("concurrency"),
        design=section.text("design"),
        stateless=section.flag("stateless"),
        traffic=read_traffic(section.section("traffic")) if "traffic" in section.values else None,
        resilience=read_resilience(section.section("resilience"), SERVICE_TERMS),
        tls=read_upstream_tls(section.section("tls")),
        headers=read_upstream_fields(section.section("headers")),
        identity=read_identity(section.section("identity"), identity),
        delivery=read_delivery(section.section("delivery")),
        operations=read_operations(section.section("operations")),
        adapter=section.text("adapter"),
        source=section.text("source"),
        events=read_events(events),
        consumers=read_consumers(events),
        event_server=read_address(events, "nats"),
    )
    events.close()
    if service.stateless and (service.tables or service.database):
        section.report("stateless", "a service with tables or a database is not stateless")
    section.close()
    return service


def report_unknown_service(section: Section, key: str | None, name: str, services: Mapping[str, Service]) -> None:
    """Report `name` unless it is one of `services`; it is the value of `key`, or the section's own name if None."""
    if name in services:
        return
    near = get_close_matches(name, services, n=1)
    remedy = f"did you mean {near[0]}?" if near else f"declare it: [services.{name}]"
    path = section.path if key is None else (*section.path, key)
    section.document.report(path, f"there is no service {name}", remedy)


def report_shared(section: Section, services: Mapping[str, Service]) -> None:
    """Report modules and tables that two services own, and consumers with two databases; `section` is ``[services]``.

    A consumer may follow the events of several services, but has one database for its inbox.
    """
    consumers: dict[str, str] = {}
    for name, service in services.items():
        for consumer, database in service.consumers.items():
            first = consumers.setdefault(consumer, name)
            if services[first].consumers[consumer].text != database.text:
                begun = section.document.where((*section.path, first, "events", "consumers", consumer))
                section.document.report(
                    (*section.path, name, "events", "consumers", consumer),
                    f"the consumer {consumer} has another database at {begun}",
                )
    for kind in ("modules", "tables"):
        owners: dict[str, str] = {}
        for name, service in services.items():
            owned: Sequence[str] = service.modules if kind == "modules" else service.tables
            for item in owned:
                owner = owners.setdefault(item, name)
                if owner != name:
                    section.document.report(
                        (*section.path, name, kind), f"{item} already belongs to the service {owner}"
                    )
