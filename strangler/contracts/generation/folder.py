"""Compares the folder of a service with the code of its document, and brings it up to date."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath

from strangler.contracts.generation.service_code import ServiceCode
from strangler.contracts.generation.stamp import is_as_generated
from strangler.contracts.generation.table_changes import table_changes
from strangler.model.errors import InputError, UnavailableError
from strangler.model.generated_code import FOLDER as GENERATED
from strangler.store import write_atomic


class State(StrEnum):
    """The state of a file, compared with what the document generates."""

    UNCHANGED = "unchanged"
    MISSING = "missing"
    OUTDATED = "outdated"
    """Generated from another version of the document, or by another version of strangler."""
    EDITED = "edited"
    """It has no stamp, or its content does not match its stamp."""
    OBSOLETE = "obsolete"
    """It was generated once, but no longer is."""


@dataclass(frozen=True, slots=True)
class FileState:
    """A file in the service's folder, and its state."""

    path: PurePosixPath
    state: State


@dataclass(frozen=True, slots=True)
class Comparison:
    """The generated files with their states, and the hand-written files that are still to be created."""

    files: tuple[FileState, ...]
    begun: tuple[PurePosixPath, ...]

    def of(self, *states: State) -> tuple[PurePosixPath, ...]:
        """The files in one of these states."""
        return tuple(item.path for item in self.files if item.state in states)

    @property
    def is_current(self) -> bool:
        """Whether the generated code matches the document."""
        return not self.begun and all(item.state is State.UNCHANGED for item in self.files)


def compare(folder: Path, code: ServiceCode) -> Comparison:
    """Compare the folder, which need not exist. UnavailableError if a file cannot be read."""
    wanted = code.generated
    found = [FileState(path, _state(folder / path, text)) for path, text in wanted.items()]
    found += [FileState(path, _obsolete(folder / path)) for path in _others(folder, code)]
    last = next(iter(wanted))
    is_first = not (folder / last).exists()
    begun = [path for path in code.once if is_first and not (folder / path).exists()]
    return Comparison(tuple(sorted(found, key=lambda item: item.path)), tuple(begun))


def write(folder: Path, code: ServiceCode, comparison: Comparison, *, force: bool) -> None:
    """Bring the folder up to date with the document; each file is replaced atomically.

    InputError, before anything is written, if somebody has edited a generated file and `force` is not set.
    """
    edited = comparison.of(State.EDITED)
    if edited and not force:
        names = ", ".join(map(str, edited))
        raise InputError(
            f"{names} {'was' if len(edited) == 1 else 'were'} edited, and generating would overwrite"
            f" {'it' if len(edited) == 1 else 'them'}",
            where=str(folder),
            remedy="move what was written there to a file of your own, then: --force",
        )
    for path in comparison.begun:
        write_atomic(folder / path, code.once[path].encode())
    # The first file marks that the hand-written ones have been created, so it is written last.
    stale = comparison.of(State.MISSING, State.OUTDATED, State.EDITED)
    for path in reversed([path for path in code.generated if path in stale]):
        write_atomic(folder / path, code.generated[path].encode())
    for path in comparison.of(State.OBSOLETE):
        (folder / path).unlink(missing_ok=True)


def changed_tables(folder: Path, code: ServiceCode) -> tuple[str, ...]:
    """How the tables differ from those generated before; nothing if there were none."""
    path = next(path for path in code.generated if path.suffix == ".sql")
    found = _text(folder / path)
    return () if found is None else table_changes(found, code.generated[path])


def _state(path: Path, text: str) -> State:
    found = _text(path)
    if found is None:
        return State.MISSING
    if found.replace("\r\n", "\n") == text:
        return State.UNCHANGED
    return State.OUTDATED if is_as_generated(found) else State.EDITED


def _obsolete(path: Path) -> State:
    found = _text(path)
    return State.OBSOLETE if found is not None and is_as_generated(found) else State.EDITED


def _text(path: Path) -> str | None:
    try:
        return path.read_bytes().decode(errors="replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UnavailableError(f"cannot be read: {error.strerror}", where=str(path)) from error


def _others(folder: Path, code: ServiceCode) -> Iterator[PurePosixPath]:
    """Files in the generated folders that are no longer generated."""
    for place in (PurePosixPath(code.package, GENERATED), PurePosixPath("tests", GENERATED)):
        for path in sorted((folder / place).glob("*")) if (folder / place).is_dir() else ():
            relative = place / path.name
            if path.suffix in {".py", ".sql"} and relative not in code.generated:
                yield relative


def hand_written(folder: Path, package: str) -> Mapping[str, str]:
    """The texts of the package's hand-written modules, by path."""
    found: dict[str, str] = {}
    for path in sorted((folder / package).rglob("*.py")):
        relative = path.relative_to(folder)
        if relative.parts[1] != GENERATED:
            found[relative.as_posix()] = _text(path) or ""
    return found
