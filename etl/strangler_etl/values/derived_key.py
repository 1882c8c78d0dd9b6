"""Target keys that every side can compute: a UUIDv8 (RFC 9562, section 5.8) of table and source key.

Its 122 free bits are the first ones of ``SHA-256("table:key")``, with the key in text form. The SQL of both engines and
this function agree (tested on the same vectors), so a key needs no lookup, and two services name a row alike.
"""

from __future__ import annotations

import hashlib
from uuid import UUID

_VERSION_AND_VARIANT = (0x8 << 76) | (0b10 << 62)
_FREE_BITS = ((1 << 128) - 1) ^ ((0xF << 76) | (0b11 << 62))


def derived_key(table: str, key: str) -> UUID:
    """The target key of the row of the source table `table` with the primary key `key`."""
    digest = int.from_bytes(hashlib.sha256(f"{table}:{key}".encode()).digest()[:16])
    return UUID(int=(digest & _FREE_BITS) | _VERSION_AND_VARIANT)
