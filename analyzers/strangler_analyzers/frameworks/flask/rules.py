"""URL rules of Werkzeug as path templates.

https://werkzeug.palletsprojects.com/en/stable/routing/#rule-format
"""

from __future__ import annotations

import re

from strangler_analyzers.frameworks.wiring.text import UNKNOWN

_VARIABLE = re.compile(r"<(?:(?P<converter>[a-zA-Z_][a-zA-Z0-9_]*)(?:\((?:[^()]|\([^()]*\))*\))?:)?(?P<name>[^<>]*)>")


def template(rule: str) -> str:
    """``/a/<int:id>/<path:rest>`` as ``/a/{id}/{rest:path}``; a part not known is a placeholder, or nothing at the start."""
    path = _VARIABLE.sub(lambda m: "{%s:path}" % m["name"] if m["converter"] == "path" else "{%s}" % m["name"], rule)
    return path.lstrip(UNKNOWN).replace(UNKNOWN, "{unknown}")


def below(prefix: str, rule: str) -> str:
    """A rule below a prefix, joined as blueprints do: exactly one slash between them."""
    if not prefix:
        return rule
    if not rule:
        return prefix
    return f"{prefix.rstrip('/')}/{rule.lstrip('/')}"
