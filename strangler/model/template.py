"""Path templates: one language for the routes of the analyzer and those of the gateway.

``{name}`` stands for one non-empty segment or part of one, ``{name:de|en}`` for one of the texts, and ``{name:path}``
for any rest of the path, slashes included. The texts of a choice consist of letters, digits and ``_.~@-``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

_PLACEHOLDER = re.compile(r"\{([^{}:]*)(?::([^{}]*))?\}")
_CHOICE = re.compile(r"[\w.~@-]+(?:\|[\w.~@-]+)+", re.ASCII)


@lru_cache(maxsize=4096)
def template_pattern(template: str) -> re.Pattern[str]:
    """Return the regular expression that matches exactly the paths of a template."""
    return re.compile("".join(re.escape(literal) + pattern for literal, pattern in template_parts(template)))


def template_parts(template: str) -> list[tuple[str, str]]:
    """Return the literal parts of a template, each with the pattern of the placeholder after it, empty at the end."""
    parts: list[tuple[str, str]] = []
    position = 0
    for match in _PLACEHOLDER.finditer(template):
        parts.append((template[position : match.start()], _pattern(match)))
        position = match.end()
    return [*parts, (template[position:], "")]


def _pattern(placeholder: re.Match[str]) -> str:
    if placeholder[2] == "path":
        return ".*"
    return f"(?:{'|'.join(map(re.escape, texts))})" if (texts := _texts(placeholder)) else "[^/]+"


def _texts(placeholder: re.Match[str]) -> list[str]:
    """Return the texts a placeholder chooses from; none when it stands for any segment or rest."""
    return placeholder[2].split("|") if placeholder[2] and _CHOICE.fullmatch(placeholder[2]) else []


def matches(template: str, path: str) -> bool:
    """Whether a concrete path matches a template; a trailing slash is significant."""
    return template_pattern(template).fullmatch(path) is not None


def choice(name: str, texts: Sequence[str]) -> str:
    """Return the placeholder for one of the texts: a single text itself, any segment when there are none.

    It is also any segment when a text has characters that a choice must not have.
    """
    if len(texts) == 1 and not set(texts[0]) & set("{}/"):
        return texts[0]
    chosen = "|".join(texts)
    return f"{{{name}:{chosen}}}" if _CHOICE.fullmatch(chosen) else f"{{{name}}}"


def spellings(template: str) -> tuple[str, ...]:
    """Return a template as templates without choices, one for each text, which together match the same paths."""
    for match in _PLACEHOLDER.finditer(template):
        if texts := _texts(match):
            rest = spellings(template[match.end() :])
            return tuple(f"{template[: match.start()]}{text}{behind}" for text in texts for behind in rest)
    return (template,)


def normalised(template: str) -> str:
    """Return a template with anonymous placeholders and no trailing slash, so that spellings of one path are equal."""
    return "/" + _PLACEHOLDER.sub(lambda m: "{:path}" if m[2] == "path" else "{}", template).strip("/")


def anonymous(template: str) -> str:
    """Return a template without the names of its placeholders; rests and choices stay."""
    return _PLACEHOLDER.sub(lambda m: f"{{:{m[2]}}}" if m[2] == "path" or _texts(m) else "{}", template)
