"""The plan of a retirement: what is dead, what stays, the changes of every file, and the SQL for tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from strangler.model.system import Confidence
from strangler_analyzers.retiring.archive import archive_sql
from strangler_analyzers.retiring.erasing import erase
from strangler_analyzers.retiring.items import DeadItem, ItemKind, UsedItem
from strangler_analyzers.retiring.leftovers import leftovers
from strangler_analyzers.retiring.removal import plan_removal
from strangler_analyzers.retiring.retirement import Retirement
from strangler_analyzers.rewriting.file_results import Failed, FileResult, Removed

ReadFile = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class RetirePlan:
    """The result of one retirement; `files` are those that change or are deleted, by name."""

    dead: tuple[DeadItem, ...]
    kept: tuple[UsedItem, ...]
    files: tuple[FileResult, ...]
    sql: str

    @property
    def certain(self) -> tuple[DeadItem, ...]:
        """The items that can be removed without a decision by a person."""
        return tuple(item for item in self.dead if item.confidence is Confidence.CERTAIN)


def plan_retirement(retirement: Retirement, read: ReadFile) -> RetirePlan:
    """Plan it; `read` gives the bytes of a file."""
    found = leftovers(retirement)
    dead = tuple(sorted((*retirement.items, *(item for item in found if isinstance(item, DeadItem)))))
    kept = tuple(sorted((*retirement.kept, *(item for item in found if isinstance(item, UsedItem)))))
    tables = [item.name for item in dead if item.kind is ItemKind.TABLE]
    removal = plan_removal(retirement)
    files = [_removed(file, read) for file in removal.files]
    for file, erasure in removal.erasures.items():
        try:
            files.append(erase(file, read(file), erasure))
        except OSError as error:
            files.append(Failed(file, f"cannot be read: {error.strerror}"))
    by_name = tuple(sorted(files, key=lambda result: result.file))
    return RetirePlan(dead, kept, by_name, archive_sql(retirement.graph, tables))


def _removed(file: str, read: ReadFile) -> FileResult:
    try:
        return Removed(file, read(file))
    except OSError as error:
        return Failed(file, f"cannot be read: {error.strerror}")
