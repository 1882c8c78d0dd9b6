"""Time: taken in one place, and read from either database."""

from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC)


def moment(value: datetime | str) -> datetime:
    """A column as an aware time; SQLite keeps text in UTC without a zone, as Django writes it."""
    if isinstance(value, str):
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    return value


def optional_moment(value: datetime | str | None) -> datetime | None:
    return None if value is None else moment(value)
