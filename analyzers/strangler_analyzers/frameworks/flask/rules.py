"""Converts URL rules of Werkzeug to path templates.

https://werkzeug.palletsprojects.com/en/stable/routing/#rule-format
"""

from __future__ import annotations

import re

from strangler_analyzers.frameworks.wiring.text import UNKNOWN

_VARIABLE = re.compile(r"<(?:(?P<converter>[a-zA-Z_][a-zA-Z0-9_]*)(?:\((?:[^()]|\([^()]*\))*\))?:)?(?P<name>[^<>]*)>")


def template(rule: str) -> str:
    """``/a/<int:id>/<path:rest>`` as ``/a/{id}/{rest:path}``.

    An unknown part becomes a placeholder, or nothing at the start.
    """
    path = _VARIABLE.sub(lambda m: _placeholder(m["name"], m["converter"]), rule)
    return path.lstrip(UNKNOWN).replace(UNKNOWN, "{unknown}")


def _placeholder(name: str, converter: str | None) -> str:
    return f"{{{name}:path}}" if converter == "path" else f"{{{name}}}"


def below(prefix: str, rule: str) -> str:
    """A rule below a prefix, joined like blueprints do, with exactly one slash between them."""
    if not prefix:
        return rule
    if not rule:
        return prefix
    return f"{prefix.rstrip('/')}/{rule.lstrip('/')}"
