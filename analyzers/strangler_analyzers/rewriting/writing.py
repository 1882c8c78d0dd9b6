"""Writes what a plan says, unless a file has become another one meanwhile."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from strangler.model.errors import UnavailableError
from strangler.store import write_atomic
from strangler_analyzers.rewriting.file_results import Changed, Failed, FileResult, Removed, Skipped


def write_changes(results: Iterable[FileResult], root: Path, port: str) -> tuple[FileResult, ...]:
    """Write the changed files below `root`, those of the folder `port` first, and tell what became of each.

    Where a file of the port cannot be written, no file that needs it is.
    """
    done: list[FileResult] = []
    broken: str | None = None
    for result in results:
        inside = result.file.startswith(f"{port}/")
        if not inside and broken is not None and isinstance(result, Changed):
            done.append(Skipped(result.file, f"{broken} could not be written", result.left))
            continue
        written = _write(result, root) if isinstance(result, Changed | Removed) else result
        if inside and isinstance(written, Failed | Skipped):
            broken = result.file
        done.append(written)
    return tuple(done)


def _write(change: Changed | Removed, root: Path) -> FileResult:
    path = root / change.file
    left = change.left if isinstance(change, Changed) else ()
    try:
        now = path.read_bytes() if path.exists() else None
        if now != change.before:
            return Skipped(change.file, "it has changed on disk meanwhile", left)
        if isinstance(change, Changed):
            write_atomic(path, change.after)
        else:
            path.unlink()
    except OSError as error:
        return Failed(change.file, f"cannot be written: {error.strerror}")
    except UnavailableError as error:
        return Failed(change.file, error.what)
    return change
