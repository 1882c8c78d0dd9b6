"""The namespaces of documents."""

from __future__ import annotations

import re

NAMESPACE = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*")
NAMESPACE_SHAPE = "lower-case words with dots, as in shop.reviews.v0"


def is_namespace(text: str) -> bool:
    """Whether a document may have this namespace."""
    return NAMESPACE.fullmatch(text) is not None
