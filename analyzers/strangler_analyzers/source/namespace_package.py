"""Packages without an ``__init__.py`` (PEP 420): the files below show by their imports what they lie in."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

_MOST_FILES = 300
"""Files that are looked at: a package that imports its own modules by their whole names does so all over."""
_MAX_BYTES = 20_000
"""Imports stand at the top."""


def is_namespace_package(name: str, files: Iterable[tuple[str, str]]) -> bool:
    """Whether modules below a folder called `name` are imported with that name before theirs.

    `files` are their paths relative to the folder, and their paths. Where more imports spell the same modules without
    the name, the folder itself is on the import path.
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
        return b""  # What can not be read is reported where it is analysed.
