"""Packages without an ``__init__.py`` (PEP 420), recognised by the imports of the files below."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

_MOST_FILES = 300
"""The most files examined: a package that imports its own modules by their full names does so everywhere."""
_MAX_BYTES = 20_000
"""Bytes read of each file: imports are at the top."""


def is_namespace_package(name: str, files: Iterable[tuple[str, str]]) -> bool:
    """Whether modules below a folder called `name` are imported with that name as their prefix.

    `files` are pairs of the path relative to the folder and the full path. If more imports spell the same modules
    without the prefix, the folder itself is on the import path.
    """
    looked_at = tuple(islice(files, _MOST_FILES))
    below = {relative.partition("/")[0].removesuffix(".py") for relative, _ in looked_at}
    below = {child for child in below if child.isidentifier() and child not in sys.stdlib_module_names}
    if not name.isidentifier() or name in below or not below:
        return False
    one_of = "|".join(map(re.escape, sorted(below)))
    imports = re.compile(rf"^[ \t]*(?:from|import)[ \t]+({re.escape(name)}\.)?(?:{one_of})\b".encode(), re.MULTILINE)
    within = without = 0
    for _, path in looked_at:
        for prefix in imports.findall(_start(path)):
            within += bool(prefix)
            without += not prefix
    return within > without


def _start(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(_MAX_BYTES)
    except OSError:
        return b""  # An unreadable file is reported where it is analysed.
