"""Reads ``[services.NAME.events]``: how the service's rows are published as events, and who consumes them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from strangler.model.events import EventTerms, PersonalData
from strangler.project_sections.references import read_database
from strangler.secret import Reference
from strangler.toml_section import Section

_NAME = re.compile(r"[a-z][a-z0-9_-]*")


def read_events(section: Section) -> EventTerms:
    """Read how events are published; the caller closes the section after reading the consumers."""
    choice = section.choice("personal_data", [str(one) for one in PersonalData])
    models = section.section("models")
    return EventTerms(
        environment=section.parsed("environment", _environment),
        personal_data=None if choice is None else PersonalData(choice),
        models={table: models.text(table) or "" for table in models.values},
    )


def read_consumers(section: Section) -> Mapping[str, Reference]:
    """Read ``consumers.NAME.database``: where each consumer keeps its inbox."""
    found: dict[str, Reference] = {}
    for name, consumer in section.section("consumers").sections().items():
        if not _NAME.fullmatch(name):
            section.document.report(
                consumer.path, f"the name {name} must be lower-case letters, digits, - and _, a letter first"
            )
        database = read_database(consumer)
        if database is None and "database" not in consumer.values:
            section.document.report(consumer.path, f"{consumer.name} needs database")
        if database is not None:
            found[name] = database
        consumer.close()
    return found


def _environment(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError("must be lower-case letters, digits, - and _, a letter first")
    return text
