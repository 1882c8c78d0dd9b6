"""The errors a user may see, with their exit codes.

::

    StranglerError
    ├── UsageError              2   the command line asks for something that does not exist
    ├── ConfigurationError      3   strangler.toml is wrong
    ├── InputError              3   the code, file or data to work on is missing or wrong
    └── UnavailableError        4   something outside fails: database, network, disk, library
        └── MissingExtraError   4   an optional part of the distribution is not installed

A message says on one line what is wrong, where, and how to mend it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, ClassVar


class ExitCode(IntEnum):
    """The exit statuses of all commands."""

    OK = 0
    FINDINGS = 1
    """The command worked and has findings to report, or a verification found a mismatch."""
    USAGE = 2
    INPUT = 3
    ENVIRONMENT = 4
    INTERNAL = 5
    """A bug in strangler."""
    INTERRUPTED = 130
    BROKEN_PIPE = 141
    """The reader of the output closed it, as ``| head`` does."""
    TERMINATED = 143
    """Terminated by SIGTERM."""


class StranglerError(Exception):
    """Base of all errors meant for the user.

    `what` is the fact, lower case and without a full stop; `where` is ``path``, ``path:line`` or
    ``path:line:column``; `remedy` is what the user can do about it.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.ENVIRONMENT

    def __init__(self, what: str, *, where: str | None = None, remedy: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        remedy = f"; {self.remedy}" if self.remedy else ""
        return f"{place}{self.what}{remedy}"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by fields, so that subclasses with other parameters can be sent between processes too."""
        return _restore, (type(self), self.args, dict(self.__dict__))


def notes_of(error: BaseException) -> tuple[str, ...]:
    """Return the notes added to an error: what failed after it, and because of it."""
    return tuple(getattr(error, "__notes__", ()))


def _restore(kind: type[StranglerError], arguments: tuple[object, ...], fields: dict[str, object]) -> StranglerError:
    error = kind.__new__(kind, *arguments)
    error.__dict__.update(fields)
    return error


class UsageError(StranglerError):
    """The command line cannot be understood or contradicts itself."""

    exit_code = ExitCode.USAGE


class InputError(StranglerError):
    """The input of the command is missing, unreadable or malformed."""

    exit_code = ExitCode.INPUT


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem in a file that the user owns; line and column count from 1."""

    what: str
    file: str
    line: int
    column: int
    remedy: str | None = None

    @property
    def where(self) -> str:
        """``file:line:column``."""
        return f"{self.file}:{self.line}:{self.column}"

    def __str__(self) -> str:
        remedy = f"; {self.remedy}" if self.remedy else ""
        return f"{self.where}: {self.what}{remedy}"


class ConfigurationError(StranglerError):
    """The project file is wrong.

    `problems` holds all problems found, in file order; when there are several, the message has one line for each.
    """

    exit_code = ExitCode.INPUT

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        remedy: str | None = None,
        problems: tuple[Problem, ...] = (),
    ) -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.problems = problems

    @classmethod
    def of(cls, problems: tuple[Problem, ...]) -> ConfigurationError:
        """Return the error that reports `problems`, at least one."""
        first = problems[0]
        return cls(first.what, where=first.where, remedy=first.remedy, problems=problems)

    def __str__(self) -> str:
        if len(self.problems) > 1:
            return "\n".join(str(problem) for problem in self.problems)
        return super().__str__()


class UnavailableError(StranglerError):
    """Something outside strangler fails: a database, the network, the disk, a missing library."""

    exit_code = ExitCode.ENVIRONMENT


class MissingExtraError(UnavailableError):
    """A command needs an optional part of the distribution that is not installed.

    How to install it depends on how strangler was installed, which the command line knows.
    """

    def __init__(self, needed_by: str, extra: str, package: str) -> None:
        super().__init__(
            f"{needed_by} needs the package {package}, which is not installed",
            remedy=f"install strangler[{extra}]",
        )
        self.needed_by = needed_by
        self.extra = extra
        self.package = package
