"""The first lines of a generated file, which mark it as generated and reveal later edits."""

from __future__ import annotations

import re
from hashlib import sha256

from strangler.model.generated_code import ABOUT

_STAMP = re.compile(rf"(?:#|--) {re.escape(ABOUT)}\n(?:#|--) sha256 of what follows: (?P<content>[0-9a-f]{{64}})\n\n")


def stamped(text: str, comment: str) -> str:
    """The text preceded by its stamp; `comment` is the marker that begins a comment."""
    return f"{comment} {ABOUT}\n{comment} sha256 of what follows: {_hash(text)}\n\n{text}"


def is_as_generated(text: str) -> bool:
    """Whether a file has a stamp and is unchanged since it was stamped; line endings do not count."""
    plain = text.replace("\r\n", "\n")
    match = _STAMP.match(plain)
    return match is not None and match["content"] == _hash(plain[match.end() :])


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()
