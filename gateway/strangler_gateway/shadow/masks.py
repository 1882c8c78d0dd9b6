"""Decides what of a response may be shown: no secrets, and nothing personal as far as its name or form tells."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from strangler_gateway.shadow.content import Content

MASKED = "***"
MASKED_WORDS = frozenset(
    (
        *("authorization", "cookie", "cookies", "credential", "credentials", "csrf", "jwt", "key", "nonce"),
        *("passphrase", "passwd", "password", "pin", "secret", "session", "sessionid", "signature", "token"),
        *("address", "birthday", "birthdate", "card", "cvv", "email", "iban", "mail", "name", "phone", "ssn"),
        *("username", "zip"),
    )
)
"""A field is masked when a word of its name is one of these: ``access_token``, ``X-API-Key``, ``userName``."""
MAX_SHOWN = 80
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_PERSONAL = re.compile(r"\S@\S|\beyJ[\w-]{8}|\d(?:[ -]?\d){11}|^\S{32,}$")
"""E-mail addresses, signed tokens, long numbers like those of cards, long strings without a space like keys."""
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z_-]{0,39}")


@dataclass(frozen=True, slots=True)
class Masks:
    """Masks fields by the words in their names, and those whose whole name is in `names`, in lower case."""

    words: frozenset[str] = MASKED_WORDS
    names: frozenset[str] = frozenset()

    def hides(self, name: str) -> bool:
        """Whether the values of a field must not be kept."""
        lower = name.lower()
        return lower in self.names or lower in self.words or any(w.lower() in self.words for w in _WORDS.findall(name))


MASKS = Masks()


def shown(value: Content) -> str:
    """Return what may be kept of a value whose name is not masked; of containers, only their size."""
    match value:
        case None:
            text = "null"
        case bool():
            text = "true" if value else "false"
        case int() | Decimal():
            text = str(value)
        case str():
            text = value
        case dict():
            return f"an object of {len(value)}"
        case list():
            return f"a list of {len(value)}"
        case bytes():
            return f"{len(value)} bytes"
    if _PERSONAL.search(text):
        return MASKED
    return text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "..."


def shown_key(key: str) -> str:
    """Return an object's key as a segment of a path; ``*`` when it looks like data, such as an id or an address."""
    return key if _PLAIN_KEY.fullmatch(key) else "*"
