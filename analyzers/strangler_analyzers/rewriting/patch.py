"""A plan as one patch, for ``git apply`` and for reading."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from strangler_analyzers.rewriting.file_results import Changed, FileResult, Removed

_NO_NEWLINE = b"\n\\ No newline at end of file\n"


def patch(results: Iterable[FileResult]) -> bytes:
    """The unified diff of all changed and removed files, whose bytes it has unchanged."""
    return b"".join(_file(result) for result in results if isinstance(result, Changed | Removed))


def _file(change: Changed | Removed) -> bytes:
    old = b"/dev/null" if change.before is None else f"a/{change.file}".encode()
    new = b"/dev/null" if isinstance(change, Removed) else f"b/{change.file}".encode()
    before = _lines(change.before or b"")
    after = [] if isinstance(change, Removed) else _lines(change.after)
    lines = difflib.diff_bytes(difflib.unified_diff, before, after, old, new)
    return b"".join(line if line.endswith(b"\n") else line + _NO_NEWLINE for line in lines)


def _lines(data: bytes) -> list[bytes]:
    """Lines as git knows them: a carriage return belongs to the line."""
    return [line + b"\n" for line in data.split(b"\n")[:-1]] + ([last] if (last := data.rpartition(b"\n")[2]) else [])
