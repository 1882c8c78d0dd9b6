"""The building blocks of the report's document: columns, numbers instead of repeated names, lists of lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from strangler.model.json_value import Json
from strangler.model.location import Location


class Numbering:
    """Hands out numbers to names, in the order they are first asked for."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._numbers: dict[str, int] = {}
        self._names: list[str] = []
        for name in names:
            self.of(name)

    def of(self, name: str) -> int:
        """The number of a name, a new one for a new name."""
        number = self._numbers.setdefault(name, len(self._names))
        if number == len(self._names):
            self._names.append(name)
        return number

    def __contains__(self, name: str) -> bool:
        return name in self._numbers

    def __len__(self) -> int:
        return len(self._names)

    def name(self, number: int) -> str:
        """The name a number was given to."""
        return self._names[number]

    def names(self) -> list[str]:
        """Every name so far, by number."""
        return list(self._names)


class Vocabulary:
    """The texts the columns refer to by number: files, and everything else that is repeated."""

    def __init__(self) -> None:
        self.files = Numbering()
        self.strings = Numbering([""])

    def place(self, location: Location | None) -> tuple[int, int]:
        """File number and line; -1 and 0 for nowhere."""
        return (-1, 0) if location is None else (self.files.of(location.file), location.line)


def columns(names: Sequence[str], rows: Iterable[Sequence[Json]]) -> Mapping[str, Json]:
    """Rows turned into one list a name: equal things side by side compress well and are read fast."""
    found: list[list[Json]] = [[] for _ in names]
    for row in rows:
        for column, value in zip(found, row, strict=True):
            column.append(value)
    return dict(zip(names, found, strict=True))


def ragged(lists: Iterable[Iterable[int]]) -> Mapping[str, Json]:
    """Lists of numbers as one: list `n` is ``items[first[n]:first[n + 1]]``."""
    first: list[Json] = [0]
    items: list[Json] = []
    for numbers in lists:
        items.extend(numbers)
        first.append(len(items))
    return {"first": first, "items": items}
