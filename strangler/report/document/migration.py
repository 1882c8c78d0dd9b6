"""The progress of the migration as last observed, and the decisions made so far."""

from __future__ import annotations

from dataclasses import asdict

from strangler.model.json_value import Json
from strangler.model.migration import MigrationRecord


def migration_section(record: MigrationRecord | None) -> Json:
    """Services with their steps, decisions with their figures; null if the report must not show them."""
    if record is None:
        return None
    return {
        "services": [
            {"service": found.service, "steps": [asdict(step) for step in found.steps]} for found in record.services
        ],
        "decisions": [
            {
                "at": item.at,
                "who": item.who,
                "service": item.service,
                "action": item.action,
                "details": {**item.details},
            }
            for item in record.decisions
        ],
    }
