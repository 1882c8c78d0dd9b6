"""The first lines of a generated file: that it is one, and whether somebody has edited it since."""

from __future__ import annotations

import re
from hashlib import sha256

from strangler.model.generated_code import ABOUT

_STAMP = re.compile(rf"(?:#|--) {re.escape(ABOUT)}\n(?:#|--) sha256 of what follows: (?P<content>[0-9a-f]{{64}})\n\n")


def stamped(text: str, comment: str) -> str:
    """The text with the stamp in front; `comment` begins a comment."""
    return f"{comment} {ABOUT}\n{comment} sha256 of what follows: {_hash(text)}\n\n{text}"


def is_as_generated(text: str) -> bool:
    """Whether a file has a stamp, and is as it was when it got it; how its lines end does not count."""
    plain = text.replace("\r\n", "\n")
    match = _STAMP.match(plain)
    return match is not None and match["content"] == _hash(plain[match.end() :])


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()
