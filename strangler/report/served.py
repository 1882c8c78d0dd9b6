"""A report's file in two parts, as the gateway serves it: a public page, and data for those who present the token."""

from __future__ import annotations

import re
from dataclasses import dataclass

from strangler.model.errors import InputError

_DATA = re.compile(rb'(<script type="text/plain" id="data">)([^<]*)(</script>)')
_TITLE = re.compile(rb"<title>[^<]*</title>")
_POLICY = b"form-action 'none'"


@dataclass(frozen=True, slots=True)
class ServedParts:
    """The page, which names nothing of the system and may connect to its own listener, and the packed data."""

    page: bytes
    data: bytes


def served_parts(file: bytes) -> ServedParts:
    """Split a report's file; InputError if it is not a report, or is one of an older strangler."""
    found = _DATA.search(file)
    if found is None or _POLICY not in file[: found.start()]:
        raise InputError("is no report of this strangler", remedy="run: strangler report")
    page = file[: found.start(2)] + file[found.end(2) :]
    page = _TITLE.sub(b"<title>strangler</title>", page, count=1)
    return ServedParts(page.replace(_POLICY, _POLICY + b"; connect-src 'self'", 1), found[2])
