"""The lines of log files, compressed or not."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

from strangler.model.errors import InputError


@contextmanager
def opened_log(path: Path) -> Generator[Iterator[str]]:
    """The lines of a log without line ends; a file that begins like gzip is decompressed while reading.

    Bytes that are not UTF-8 become replacement characters, because clients control parts of a log. Raises InputError
    if the file cannot be read.
    """
    try:
        with (
            gzip.open(path) if _is_packed(path) else path.open("rb") as stream,
            io.TextIOWrapper(stream, encoding="utf-8", errors="replace", newline="\n") as text,
        ):
            yield (line.rstrip("\r\n") for line in text)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"cannot be read: {reason}", where=str(path)) from error


def _is_packed(path: Path) -> bool:
    with path.open("rb") as raw:
        return raw.read(2) == b"\x1f\x8b"
