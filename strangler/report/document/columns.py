"""The building blocks of the report's document: columns, numbers in place of repeated names, lists of lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from strangler.model.json_value import Json
from strangler.model.location import Location


class Numbering:
    """Assigns numbers to names, in the order of their first use."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._numbers: dict[str, int] = {}
        self._names: list[str] = []
        for name in names:
            self.of(name)

    def of(self, name: str) -> int:
        """The number of a name; a new name gets the next number."""
        number = self._numbers.setdefault(name, len(self._names))
        if number == len(self._names):
            self._names.append(name)
        return number

    def __contains__(self, name: str) -> bool:
        return name in self._numbers

    def __len__(self) -> int:
        return len(self._names)

    def name(self, number: int) -> str:
        """The name with a number."""
        return self._names[number]

    def names(self) -> list[str]:
        """All names so far, in the order of their numbers."""
        return list(self._names)


class Vocabulary:
    """The texts that columns refer to by number: files, and everything else that repeats."""

    def __init__(self) -> None:
        self.files = Numbering()
        self.strings = Numbering([""])

    def place(self, location: Location | None) -> tuple[int, int]:
        """The numbers of file and line; -1 and 0 for no location."""
        return (-1, 0) if location is None else (self.files.of(location.file), location.line)


def columns(names: Sequence[str], rows: Iterable[Sequence[Json]]) -> Mapping[str, Json]:
    """Rows turned into one list per name: similar values side by side compress well and parse fast."""
    found: list[list[Json]] = [[] for _ in names]
    for row in rows:
        for column, value in zip(found, row, strict=True):
            column.append(value)
    return dict(zip(names, found, strict=True))


def ragged(lists: Iterable[Iterable[int]]) -> Mapping[str, Json]:
    """Lists of numbers stored as one: list `n` is ``items[first[n]:first[n + 1]]``."""
    first: list[Json] = [0]
    items: list[Json] = []
    for numbers in lists:
        items.extend(numbers)
        first.append(len(items))
    return {"first": first, "items": items}
