"""Path templates: one language for the analyzer's routes and the gateway's.

``{name}`` stands for one non-empty segment or part of one, ``{name:path}`` for any rest of the path, slashes included.
"""

from __future__ import annotations

import re
from functools import lru_cache

_PLACEHOLDER = re.compile(r"\{([^{}:]*)(?::([^{}]*))?\}")


@lru_cache(maxsize=4096)
def template_pattern(template: str) -> re.Pattern[str]:
    """The regular expression that matches exactly the paths of a template."""
    return re.compile("".join(re.escape(literal) + pattern for literal, pattern in template_parts(template)))


def template_parts(template: str) -> list[tuple[str, str]]:
    """Return the literal parts of a template, each with the pattern of the placeholder behind it, or nothing."""
    parts: list[tuple[str, str]] = []
    position = 0
    for match in _PLACEHOLDER.finditer(template):
        parts.append((template[position : match.start()], ".*" if match[2] == "path" else "[^/]+"))
        position = match.end()
    return [*parts, (template[position:], "")]


def matches(template: str, path: str) -> bool:
    """Whether a concrete path belongs to a template; a trailing slash counts."""
    return template_pattern(template).fullmatch(path) is not None


def normalised(template: str) -> str:
    """The template with every placeholder anonymous and no trailing slash: two spellings of one path become equal."""
    return "/" + anonymous(template).strip("/")


def anonymous(template: str) -> str:
    """The template with nameless placeholders."""
    return _PLACEHOLDER.sub(lambda m: "{:path}" if m[2] == "path" else "{}", template)
