"""Reads ``[services.NAME.operations]``: the request that answers each operation of the service's port."""

from __future__ import annotations

import re
from collections.abc import Mapping

from strangler.toml_section import Section

_REQUEST = re.compile(r"(GET|POST|PUT|PATCH|DELETE) /[^\s?#]*")


def read_operations(section: Section) -> Mapping[str, str]:
    """Read entries like ``NAME = "GET /path/{parameter}"``."""
    found: dict[str, str] = {}
    for name in section.values:
        request = section.text(name)
        if request is None:
            continue
        if _REQUEST.fullmatch(request):
            found[name] = request
        else:
            section.report(name, f'{name} must be a method and a path, as in "GET /products/{{product_id}}/reviews"')
    section.close()
    return found
