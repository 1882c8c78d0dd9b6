"""Standard output and standard error as commands may rely on them: there, written whole, and honest when they fail.

Python gives None for a stream that was closed before it began, and under PYTHONUNBUFFERED one that silently drops what
a pipe does not take at once.
"""

from __future__ import annotations

import errno
import os
import sys
from io import BufferedWriter, FileIO, RawIOBase, TextIOWrapper
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
            # Otherwise the next file that is opened takes the number, and what children print goes into it.
            os.open(os.devnull, os.O_RDWR)
    sys.stdout = _text(_Results(_raw(sys.stdout)), sys.stdout)
    sys.stderr = _text(_Messages(_raw(sys.stderr)), sys.stderr)


class _Stream(RawIOBase):
    """A stream of the process; None is one that was closed."""

    def __init__(self, raw: FileIO | None) -> None:
        super().__init__()
        self._raw = raw

    def writable(self) -> bool:
        """Whether it can be written to."""
        return True

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self._raw is not None and self._raw.isatty()

    def fileno(self) -> int:
        """The number the system knows it by."""
        return self._opened().fileno()

    def write(self, data: ReadableBuffer, /) -> int | None:
        """Write some of the data; return how many bytes."""
        return self._opened().write(data)

    def _opened(self) -> FileIO:
        if self._raw is None:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        return self._raw


class _Results(_Stream):
    """Standard output: that a result can not be written is an error, once."""

    _has_failed = False

    def write(self, data: ReadableBuffer, /) -> int | None:
        """Write some of the data, or pretend to after a failure: Python tries again what is left when it exits."""
        if self._has_failed:
            return memoryview(data).nbytes
        try:
            return super().write(data)
        except OSError as error:
            self._has_failed = True
            if isinstance(error, BrokenPipeError):
                raise ReaderGoneError from error
            raise UnavailableError(f"can not be written: {error.strerror}", where="standard output") from error


class _Messages(_Stream):
    """Standard error: nobody is left to hear that it can not be written."""

    def write(self, data: ReadableBuffer, /) -> int | None:
        """Write some of the data, or pretend to."""
        try:
            return super().write(data)
        except OSError:
            return memoryview(data).nbytes


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _raw(stream: TextIO | None) -> FileIO | None:
    """What lies below the buffers of a stream of Python's own."""
    buffer = None if stream is None else stream.buffer
    raw: object = getattr(buffer, "raw", buffer)
    return raw if isinstance(raw, FileIO) else None


def _text(stream: _Stream, old: TextIO | None) -> TextIO:
    """The stream with a buffer, and with the encoding and the line ends of the one it replaces."""
    if not isinstance(old, TextIOWrapper):
        return TextIOWrapper(BufferedWriter(stream), encoding="utf-8", errors="backslashreplace")
    at_line_end = old.line_buffering or old.write_through
    buffer = BufferedWriter(stream)
    return TextIOWrapper(buffer, encoding=old.encoding, errors=old.errors, line_buffering=at_line_end)
