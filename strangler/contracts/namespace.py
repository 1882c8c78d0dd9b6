"""The namespaces of documents."""

from __future__ import annotations

import re
from collections.abc import Iterable

NAMESPACE = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*")
NAMESPACE_SHAPE = "lower-case words with dots, as in shop.reviews.v0"


_VERSION = re.compile(r"(.+)\.v(\d{1,9})")


def unversioned(namespace: str) -> str:
    """The part that the major versions of one service share: ``shop.reviews`` of ``shop.reviews.v0``."""
    match = _VERSION.fullmatch(namespace)
    return match[1] if match else namespace


def newest_versions(namespaces: Iterable[str]) -> frozenset[str]:
    """The newest major version of each service."""
    found: dict[str, str] = {}
    for namespace in namespaces:
        name = unversioned(namespace)
        found[name] = max(found.get(name, namespace), namespace, key=_version)
    return frozenset(found.values())


def _version(namespace: str) -> int:
    match = _VERSION.fullmatch(namespace)
    return int(match[2]) if match else -1


def is_namespace(text: str) -> bool:
    """Whether the text is a valid namespace."""
    return NAMESPACE.fullmatch(text) is not None
