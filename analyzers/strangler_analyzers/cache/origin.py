"""Identifies the version of strangler that made a cache: another one may read the same source differently.

The version in the package's metadata is not enough: a checkout changes without it.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import strangler.model
import strangler.project
import strangler.secret

DIGEST_BYTES = 16

_ROOM = Path(__file__).parent.parent
_PARSERS = ("tree-sitter", "tree-sitter-python", "msgspec")
_LINKERS = ("sqlglot", "strangler")


def origin_of_trees() -> bytes:
    """A digest of the code that reads files, the parsers, and the interpreter, which decides the accepted syntax."""
    return _digest([_ROOM / "source"], _PARSERS)


def origin_of_facts() -> bytes:
    """A digest of all code that an analysis runs, the interpreter, and the libraries used."""
    return _digest(code_of_facts(), _PARSERS + _LINKERS)


def code_of_facts() -> tuple[Path, ...]:
    """The folders and files of all strangler code that an analysis runs."""
    return (
        _ROOM,
        *map(Path, strangler.model.__path__),
        Path(strangler.project.__file__),
        Path(strangler.secret.__file__),
    )


def _digest(code: Iterable[Path], distributions: Iterable[str]) -> bytes:
    digest = hashlib.blake2b(
        repr((sys.implementation.cache_tag, sys.version_info[:3])).encode(), digest_size=DIGEST_BYTES
    )
    for place in code:
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            digest.update(path.relative_to(place.parent).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    for name in distributions:
        digest.update(f"{name} {_version(name)}\0".encode())
    return digest.digest()


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "none"
