"""Settings, all of them from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from reviews_service.errors import SettingError


@dataclass(frozen=True)
class Config:
    """Where the reviews are, and the key that the gateway signs identities with."""

    database_url: str = field(repr=False)
    identity_key: str = field(repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read ``REVIEWS_DATABASE_URL`` and ``STRANGLER_IDENTITY_KEY``; SettingError without them."""
        return cls(
            database_url=setting(environment, "REVIEWS_DATABASE_URL"),
            identity_key=setting(environment, "STRANGLER_IDENTITY_KEY"),
        )


def setting(environment: Mapping[str, str], name: str) -> str:
    """The variable ``name``; SettingError when it is missing or empty."""
    value = environment.get(name, "")
    if not value:
        raise SettingError(f"set {name}, see the README of the service")
    return value
