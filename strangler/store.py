"""``.strangler/``: what strangler found out, versioned and written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import stat
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from strangler.model.errors import InputError, UnavailableError

FOLDER_NAME = ".strangler"
_ROOM = 64 * 1024
"""Bytes: with less, not even a plan can be written."""


class _Header(msgspec.Struct):
    schema: str
    version: int


@dataclass(frozen=True, slots=True)
class Schema:
    """The name and version a document begins with: ``{"schema": ..., "version": ..., ...}``."""

    name: str
    version: int


@dataclass(frozen=True, slots=True)
class ArtefactStore:
    """The folder of one project's artefacts; `folder` is the ``.strangler`` folder itself."""

    folder: Path

    @classmethod
    def beside(cls, root: Path) -> ArtefactStore:
        """Return the store that belongs to the project or source folder `root`."""
        return cls(root / FOLDER_NAME)

    @property
    def graph_path(self) -> Path:
        """The map that analyze leaves behind."""
        return self.folder / "graph.json"

    @property
    def report_path(self) -> Path:
        """The report that analyze leaves behind."""
        return self.folder / "report.html"

    @property
    def redacted_report_path(self) -> Path:
        """The report without names that report leaves behind."""
        return self.folder / "report-redacted.html"

    @property
    def cache_path(self) -> Path:
        """The folder of what a command may find again and can do without."""
        return self.folder / "cache"

    @property
    def recording_path(self) -> Path:
        """What record leaves behind."""
        return self.folder / "recording.json"

    def write(self, path: Path, data: bytes) -> None:
        """Write an artefact atomically, making the folder, which git ignores, when it is missing."""
        self._create()
        write_atomic(path, data)

    def read_document(self, path: Path, schema: Schema, made_by: str) -> bytes:
        """Return the bytes of the JSON document at `path` once its header is the expected one.

        `made_by` is the command that writes it. Raises InputError when the document is missing, is
        no such document, or comes from a newer or older strangler.
        """
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            raise InputError("there is no such file", where=str(path), remedy=f"run: {made_by}") from None
        except OSError as error:
            raise UnavailableError(f"cannot be read: {error.strerror}", where=str(path)) from error
        _check_header(data, path, schema, made_by)
        return data

    def _create(self) -> None:
        ignore = self.folder / ".gitignore"
        with _disk_errors(self.folder):
            if ignore.exists():
                return
            self.folder.mkdir(parents=True, exist_ok=True)
        write_atomic(ignore, b"*\n")


def check_writable(folder: Path, remedy: str) -> None:
    """Raise UnavailableError with the remedy when a folder cannot be written to or its disk is full.

    The folder need not exist.
    """
    existing = folder.absolute()
    while not os.access(existing, os.F_OK) and existing != existing.parent:
        existing = existing.parent
    reason = errno.EACCES if os.path.isdir(existing) else errno.ENOTDIR  # noqa: PTH112 - Path.is_dir may raise
    if reason == errno.ENOTDIR or not os.access(existing, os.W_OK | os.X_OK):
        raise UnavailableError(f"cannot be written: {os.strerror(reason)}", where=str(folder), remedy=remedy)
    if shutil.disk_usage(existing).free < _ROOM:
        full = os.strerror(errno.ENOSPC)
        raise UnavailableError(
            f"cannot be written: {full}", where=str(folder), remedy=remedy or "make room on its disk"
        )


def write_atomic(path: Path, data: bytes) -> None:
    """Replace the file at `path` by `data`: a crash leaves the old content or the new, never a part.

    The mode of a file that exists is kept, and a symbolic link stays one. A device or a pipe (``/dev/null``) is written
    to: in its place a file would be put otherwise.
    """
    target = path.resolve()
    with _disk_errors(path):
        if path.exists() and not (path.is_file() or path.is_dir()):
            with path.open("wb") as stream:
                stream.write(data)
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
        try:
            with part.open("xb") as file:
                if target.exists():
                    os.fchmod(file.fileno(), stat.S_IMODE(target.stat().st_mode))
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(target)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    # The rename itself survives a power failure only once the folder is on disk.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _disk_errors(path: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise UnavailableError(f"cannot be written: {error.strerror}", where=str(path)) from error


def _check_header(data: bytes, path: Path, schema: Schema, made_by: str) -> None:
    try:
        header = msgspec.json.decode(data, type=_Header)
    except msgspec.DecodeError as error:
        raise InputError(
            f"is not a {schema.name} document: {error}", where=str(path), remedy=f"run: {made_by}"
        ) from error
    if header.schema != schema.name:
        raise InputError(f"holds {header.schema}, not {schema.name}", where=str(path), remedy=f"run: {made_by}")
    if header.version != schema.version:
        newer = header.version > schema.version
        raise InputError(
            f"holds {schema.name} version {header.version} of {'a newer' if newer else 'an older'} strangler,"
            f" this one reads version {schema.version}",
            where=str(path),
            remedy="install a newer strangler" if newer else f"run: {made_by}",
        )
