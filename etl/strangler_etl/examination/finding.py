"""What an examination finds, and checks that run independently: one that fails does not stop the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from strangler.model.errors import StranglerError


class Level(StrEnum):
    """How serious a finding is: a problem stops a step of the migration, a warning is for a person to judge."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found in one check; `mend` says what to do about it, and is empty where all is well."""

    name: str
    level: Level
    found: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """Examines one thing; a StranglerError or OSError it raises becomes a problem of its `name`."""

    name: str
    look: Callable[[], Iterable[Finding]]


_MEND = "mend the other problems first, and ask again"


def findings_of(checks: Iterable[Check], unveiled: Callable[[str], str] = str) -> Iterator[Finding]:
    """Run every check, even after one has failed; `unveiled` removes secrets from an error's text."""
    for check in checks:
        try:
            yield from check.look()
        except StranglerError as error:
            yield Finding(check.name, Level.PROBLEM, unveiled(error.what), unveiled(error.remedy or _MEND))
        except OSError as error:
            yield Finding(check.name, Level.PROBLEM, unveiled(str(error)), "check the path and its permissions")


def ok(name: str, found: str) -> Finding:
    """Nothing to do."""
    return Finding(name, Level.OK, found)


def warning(name: str, found: str, mend: str) -> Finding:
    """Something for a person to judge."""
    return Finding(name, Level.WARNING, found, mend)


def problem(name: str, found: str, mend: str) -> Finding:
    """Something that stops a step of the migration."""
    return Finding(name, Level.PROBLEM, found, mend)
