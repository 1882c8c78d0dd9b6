"""Texts that must not be printed: database URLs and what the environment supplies for them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from strangler.model.errors import ConfigurationError

MASK = "****"

_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
# Greedy up to the last @: an unescaped @ or / inside a password must not let its tail through.
_CREDENTIALS = re.compile(r"(?<=://)([^:\s]*):(.*)@", re.DOTALL)
_RESERVED = re.compile(r"[@/:?#]")
_SHORT = 4
"""A part of a password this short is taken out as a whole word only."""
_PASSWORD_FIELD = re.compile(
    r"(?i)(?P<key>\b\w*(?:password|passwd|pwd|secret|token)\s*=\s*)(?P<value>'(?:\\.|[^'])*'|[^&\s]+)"
)


def mask_url(text: str) -> str:
    """Return `text` with the password of a URL or connection string replaced by asterisks.

    Masks rather too much than too little: text that only resembles a password goes too. What names
    the environment (``${NAME}``) is no secret and stays.
    """
    masked = _CREDENTIALS.sub(lambda match: match[0] if _is_reference(match[2]) else f"{match[1]}:{MASK}@", text)
    return _PASSWORD_FIELD.sub(lambda match: match[0] if _is_reference(match["value"]) else match["key"] + MASK, masked)


def _is_reference(text: str) -> bool:
    return _REFERENCE.fullmatch(text) is not None


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A text that shows only when asked to."""

    text: str

    def reveal(self) -> str:
        """Return the text itself."""
        return self.text

    def __str__(self) -> str:
        return MASK

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


@dataclass(frozen=True, slots=True, repr=False)
class DatabaseUrl(Secret):
    """Where a database is and how to log in; prints with the password masked."""

    @property
    def engine(self) -> str:
        """The URL's scheme without driver: ``postgresql``, ``mysql``, ``sqlite``."""
        scheme = urlsplit(self.text).scheme.partition("+")[0]
        return {"postgres": "postgresql", "mariadb": "mysql", "sqlite3": "sqlite"}.get(scheme, scheme)

    def unveiled(self, text: str) -> str:
        """Return `text` without this URL's password, in whatever form a driver repeats it.

        That of a password in which reserved characters are not escaped is a part: a driver takes the rest for a host
        or a port.
        """
        address = self.text.partition("://")[2]
        passwords = [address.rpartition("@")[0].partition(":")[2]]
        passwords += [value for name, value in parse_qsl(address.partition("?")[2]) if "password" in name]
        parts = {part for password in passwords for part in (password, *_RESERVED.split(password))}
        for form in sorted((parts | {unquote(part) for part in parts}) - {""}, key=len, reverse=True):
            text = re.sub(rf"\b{form}\b" if len(form) < _SHORT and form.isalnum() else re.escape(form), MASK, text)
        return mask_url(text)

    def __str__(self) -> str:
        return mask_url(self.text)


@dataclass(frozen=True, slots=True, repr=False)
class Reference:
    """A text of the project file that may name the environment, as in ``${SHOP_DATABASE_URL}``.

    `where` is its place in the project file, for the error when the environment lacks a name. It makes no difference.
    """

    text: str
    where: str = field(compare=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The environment variables the text names, in order."""
        return tuple(_REFERENCE.findall(self.text))

    def resolve(self, environment: Mapping[str, str]) -> str:
        """Return the text with every name replaced; ConfigurationError names what is not set."""
        for name in self.names:
            if not environment.get(name):
                raise ConfigurationError(
                    f"the environment variable {name} is not set",
                    where=self.where,
                    remedy=f"run: export {name}=...",
                )
        return _REFERENCE.sub(lambda match: environment[match[1]], self.text)

    def database_url(self, environment: Mapping[str, str]) -> DatabaseUrl:
        """Return the text as the address of a database."""
        return DatabaseUrl(self.resolve(environment))

    def __str__(self) -> str:
        return mask_url(self.text)

    def __repr__(self) -> str:
        return f"Reference({str(self)!r})"
