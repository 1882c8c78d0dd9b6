"""Standard streams that commands can rely on: they exist, write everything, and report failures.

Python sets a stream to None if it was closed before the start. Under PYTHONUNBUFFERED, its streams silently drop what a
pipe does not take at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from io import BufferedWriter, FileIO, TextIOWrapper
from typing import TYPE_CHECKING, TextIO

from strangler.model.errors import UnavailableError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class ReaderGoneError(Exception):
    """The reader of standard output closed the pipe, as ``| head`` does."""


def prepare_streams() -> None:
    """Replace the standard streams of this process.

    From then on, a failure to write a result raises UnavailableError or ReaderGoneError; a failure to write to standard
    error is ignored.
    """
    for number in range(3):
        if not _is_open(number):
            # This takes the file descriptor, which the next file would get otherwise; writing fails as for a closed
            # stream.
            os.open(os.devnull, os.O_RDONLY)
    sys.stdout = _text(_Results(FileIO(1, "w", closefd=False)), sys.stdout)
    sys.stderr = _text(_Messages(FileIO(2, "w", closefd=False)), sys.stderr)


class _Results(BufferedWriter):
    """Standard output; a failed write raises an error only once, because Python writes again when it exits."""

    _has_failed = False

    def write(self, data: ReadableBuffer, /) -> int:
        """Write the data; do nothing after a failure."""
        with self._failing_once():
            if not self._has_failed:
                super().write(data)
        return memoryview(data).nbytes

    def flush(self) -> None:
        """Write the buffered data; do nothing after a failure."""
        with self._failing_once():
            if not self._has_failed:
                super().flush()

    @contextmanager
    def _failing_once(self) -> Generator[None]:
        try:
            yield
        except OSError as error:
            self._has_failed = True
            if isinstance(error, BrokenPipeError):
                raise ReaderGoneError from error
            raise UnavailableError(f"cannot be written: {error.strerror}", where="standard output") from error


class _Messages(BufferedWriter):
    """Standard error; a failed write is ignored, because nobody could be told."""

    def write(self, data: ReadableBuffer, /) -> int:
        """Write the data if possible."""
        with suppress(OSError):
            super().write(data)
        return memoryview(data).nbytes

    def flush(self) -> None:
        """Write the buffered data if possible."""
        with suppress(OSError):
            super().flush()


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _text(buffer: BufferedWriter, old: TextIO | None) -> TextIO:
    """The stream as text, with the encoding and buffering habits of the one it replaces."""
    if not isinstance(old, TextIOWrapper):
        return TextIOWrapper(buffer, encoding="utf-8", errors="backslashreplace")
    at_line_end = old.line_buffering or old.write_through
    return TextIOWrapper(buffer, encoding=old.encoding, errors=old.errors, line_buffering=at_line_end)
