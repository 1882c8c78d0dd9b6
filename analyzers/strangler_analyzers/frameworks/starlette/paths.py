"""Converts Starlette's paths to path templates.

https://www.starlette.io/routing/#path-parameters
"""

from __future__ import annotations

import re

from strangler_analyzers.frameworks.wiring.text import UNKNOWN

_PARAMETER = re.compile(r"\{\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(?::\s*([a-zA-Z_][a-zA-Z0-9_]*))?\s*\}")


def template(path: str) -> str:
    """``/a/{id:uuid}/{rest:path}`` as ``/a/{id}/{rest:path}``.

    An unknown part becomes a placeholder, or nothing at the start.
    """
    path = _PARAMETER.sub(lambda m: _placeholder(m[1], m[2]), path)
    return path.lstrip(UNKNOWN).replace(UNKNOWN, "{unknown}")


def _placeholder(name: str, converter: str | None) -> str:
    return f"{{{name}:path}}" if converter == "path" else f"{{{name}}}"


def below(prefix: str, path: str) -> str:
    """A path below a prefix: plain concatenation, as routers and mounts do it."""
    if path.startswith("/") or not path:
        return f"{prefix.rstrip('/')}{path}"
    return f"{prefix}{path}" if prefix else f"/{path}"
