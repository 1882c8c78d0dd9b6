"""``strangler-baseline.json``: committed beside strangler.toml, one exemption a paragraph, so that diffs read well.

::

    {"schema": "strangler.baseline", "version": 1, "services": ["reviews"],
     "exemptions": [{"rule": "foreign-write", "subject": "shop.customers.services:anonymize -> reviews_review",
                     "reason": "moves with the events", "expires": "2027-03-31"}]}
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import msgspec

from strangler.model.errors import InputError, UnavailableError
from strangler.store import write_atomic
from strangler_analyzers.ratchet.baseline import Baseline, Exemption

FILE_NAME = "strangler-baseline.json"
_SCHEMA = "strangler.baseline"
_VERSION = 1


class _Entry(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    rule: str
    subject: str
    reason: str
    expires: date | None = None


class _Document(msgspec.Struct, forbid_unknown_fields=True):
    schema: str
    version: int
    services: tuple[str, ...]
    exemptions: tuple[_Entry, ...]


def load_baseline(path: Path) -> Baseline:
    """Read the file; without a file nothing is exempt. Raises InputError if it is not a baseline."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Baseline()
    except OSError as error:
        raise UnavailableError(f"cannot be read: {error.strerror}", where=str(path)) from error
    return parse_baseline(data, str(path))


def parse_baseline(data: bytes, where: str) -> Baseline:
    """Parse a baseline file; raises InputError with the problem and its location."""
    try:
        document = msgspec.json.decode(data, type=_Document)
    except msgspec.DecodeError as error:
        raise InputError(
            f"is no baseline: {error}", where=where, remedy="mend it, or take back the last one that git has"
        ) from error
    if (document.schema, document.version) != (_SCHEMA, _VERSION):
        raise InputError(f"holds {document.schema} {document.version}, not {_SCHEMA} {_VERSION}", where=where)
    for entry in document.exemptions:
        if not entry.reason.strip():
            raise InputError(f"{entry.rule} {entry.subject} has no reason", where=where, remedy="say why it is let be")
    return Baseline(
        document.services,
        tuple(Exemption(entry.rule, entry.subject, entry.reason, entry.expires) for entry in document.exemptions),
    )


def save_baseline(path: Path, baseline: Baseline) -> None:
    """Write the file atomically."""
    entries = tuple(_Entry(item.rule, item.subject, item.reason, item.expires) for item in baseline.exemptions)
    document = _Document(_SCHEMA, _VERSION, baseline.services, entries)
    write_atomic(path, msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n")
