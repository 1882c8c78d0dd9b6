"""The relevant outline of templates: most edits of markup only move tags to other lines, or not even that."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from strangler_analyzers.cache.results import Outline
from strangler_analyzers.frameworks.django.templates.parsing import tokens
from strangler_analyzers.source.templates import Template

_DIGEST_BYTES = 16


def outlines(templates: Iterable[Template], known: Iterable[Outline]) -> tuple[Outline, ...]:
    """The outlines of templates, in order; outlines of `known` texts are reused."""
    by_text = {outline.text: outline for outline in known}
    return tuple(_outline(template.text, by_text) for template in templates)


def _outline(text: str, known: Mapping[bytes, Outline]) -> Outline:
    digest = _digest(text)
    if digest in known:
        return known[digest]
    found = list(tokens(text))
    tags = _digest("\0".join(f"{token.is_tag:d}{token.content}" for token in found))
    return Outline(digest, tags, tuple(token.line for token in found))


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES).digest()
