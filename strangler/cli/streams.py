"""Standard output and standard error as commands may rely on them: there, written whole, and honest when they fail.

Python gives None for a stream that was closed before it began, and under PYTHONUNBUFFERED one that silently drops what
a pipe does not take at once.
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
    """The reader of standard output went away, as with ``| head``."""


def prepare_streams() -> None:
    """Replace the standard streams of this process.

    From then on, writing a result raises UnavailableError or ReaderGoneError when it fails; what can not be said on
    standard error is dropped.
    """
    for number in range(3):
        if not _is_open(number):
            # Takes the number, which the next file would get otherwise; writing to it fails like to a closed stream.
            os.open(os.devnull, os.O_RDONLY)
    sys.stdout = _text(_Results(FileIO(1, "w", closefd=False)), sys.stdout)
    sys.stderr = _text(_Messages(FileIO(2, "w", closefd=False)), sys.stderr)


class _Results(BufferedWriter):
    """Standard output: that a result can not be written is an error, once; Python tries again when it exits."""

    _has_failed = False

    def write(self, data: ReadableBuffer, /) -> int:
        """Write the data; nothing after a failure."""
        with self._failing_once():
            if not self._has_failed:
                super().write(data)
        return memoryview(data).nbytes

    def flush(self) -> None:
        """Write what is kept back; nothing after a failure."""
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
            raise UnavailableError(f"can not be written: {error.strerror}", where="standard output") from error


class _Messages(BufferedWriter):
    """Standard error: nobody is left to hear that it can not be written."""

    def write(self, data: ReadableBuffer, /) -> int:
        """Write the data if possible."""
        with suppress(OSError):
            super().write(data)
        return memoryview(data).nbytes

    def flush(self) -> None:
        """Write what is kept back if possible."""
        with suppress(OSError):
            super().flush()


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _text(buffer: BufferedWriter, old: TextIO | None) -> TextIO:
    """The stream as text, with the encoding and the habits of the one it replaces."""
    if not isinstance(old, TextIOWrapper):
        return TextIOWrapper(buffer, encoding="utf-8", errors="backslashreplace")
    at_line_end = old.line_buffering or old.write_through
    return TextIOWrapper(buffer, encoding=old.encoding, errors=old.errors, line_buffering=at_line_end)
