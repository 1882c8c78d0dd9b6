"""Path templates: one language for the analyzer's routes and the gateway's.

``{name}`` stands for one non-empty segment or part of one, ``{name:de|en}`` for one of the texts, ``{name:path}`` for
any rest of the path, slashes included. Texts to choose from are of letters, digits and ``_.~@-``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

_PLACEHOLDER = re.compile(r"\{([^{}:]*)(?::([^{}]*))?\}")
_CHOICE = re.compile(r"[\w.~@-]+(?:\|[\w.~@-]+)+", re.ASCII)


@lru_cache(maxsize=4096)
def template_pattern(template: str) -> re.Pattern[str]:
    """The regular expression that matches exactly the paths of a template."""
    return re.compile("".join(re.escape(literal) + pattern for literal, pattern in template_parts(template)))


def template_parts(template: str) -> list[tuple[str, str]]:
    """Return the literal parts of a template, each with the pattern of the placeholder behind it, or nothing."""
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
    """The texts a placeholder chooses from; none where it is any segment or rest."""
    return placeholder[2].split("|") if placeholder[2] and _CHOICE.fullmatch(placeholder[2]) else []


def matches(template: str, path: str) -> bool:
    """Whether a concrete path belongs to a template; a trailing slash counts."""
    return template_pattern(template).fullmatch(path) is not None


def choice(name: str, texts: Sequence[str]) -> str:
    """The placeholder for one of some texts: the text itself where it is the only one, any segment where there is none.

    So it is, too, where a text has characters that no choice may have.
    """
    if len(texts) == 1 and not set(texts[0]) & set("{}/"):
        return texts[0]
    chosen = "|".join(texts)
    return f"{{{name}:{chosen}}}" if _CHOICE.fullmatch(chosen) else f"{{{name}}}"


def spellings(template: str) -> tuple[str, ...]:
    """The template with each choice written out: all of them together are for the same paths, and hold no choice."""
    for match in _PLACEHOLDER.finditer(template):
        if texts := _texts(match):
            rest = spellings(template[match.end() :])
            return tuple(f"{template[: match.start()]}{text}{behind}" for text in texts for behind in rest)
    return (template,)


def normalised(template: str) -> str:
    """The template with every placeholder anonymous and no trailing slash: two spellings of one path become equal."""
    return "/" + _PLACEHOLDER.sub(lambda m: "{:path}" if m[2] == "path" else "{}", template).strip("/")


def anonymous(template: str) -> str:
    """The template with nameless placeholders."""
    return _PLACEHOLDER.sub(lambda m: f"{{:{m[2]}}}" if m[2] == "path" or _texts(m) else "{}", template)
