"""A cache file that counts only if it is complete and was made by the same version of strangler.

Nothing here raises for the state of the disk: a cache that cannot be read is rebuilt, and one that cannot be written
is not used.
"""

from __future__ import annotations

import secrets
import zlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_MAGIC = b"strangler cache 1\n"
_CHECKSUM_BYTES = 4


@dataclass(frozen=True, slots=True)
class SealedFile:
    """The file at `path`; `origin` identifies the version of strangler that can use it (`cache.origin`)."""

    path: Path
    origin: bytes

    def read(self) -> memoryview | None:
        """The content last written; None if it is missing, damaged or of another origin."""
        try:
            data = self.path.read_bytes()
        except OSError:
            return None
        head = _MAGIC + self.origin
        begin = len(head) + _CHECKSUM_BYTES
        content = memoryview(data)[begin:]
        if len(data) < begin or not data.startswith(head):
            return None
        return content if data[len(head) : begin] == _sealed(zlib.crc32(content)) else None

    def write(self, parts: Iterable[bytes]) -> None:
        """Replace the content atomically by the concatenated parts: a reader sees all of the old or all of the new.

        The parts are consumed one at a time, since together they may be large. The last of several writers wins.
        """
        head = _MAGIC + self.origin
        part = self.path.with_name(f".{self.path.name}.{secrets.token_hex(4)}.part")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with part.open("xb") as file:
                file.write(head + bytes(_CHECKSUM_BYTES))
                checksum = 0
                for content in parts:
                    checksum = zlib.crc32(content, checksum)
                    file.write(content)
                file.seek(len(head))
                file.write(_sealed(checksum))
            part.replace(self.path)
        except OSError:
            with suppress(OSError):
                part.unlink()


def _sealed(checksum: int) -> bytes:
    """The seal of a checksum. It detects damage, not forgery: anyone who can write here can write anything."""
    return checksum.to_bytes(_CHECKSUM_BYTES, "big")
