"""Names that belong together, found pair by pair."""

from __future__ import annotations

from collections.abc import Iterable


class Groups:
    """A union-find structure (Tarjan, "Efficiency of a Good But Not Linear Set Union Algorithm", 1975).

    The first name of a group in alphabetical order stands for it.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._above = {name: name for name in names}

    def of(self, name: str) -> str:
        """The name that stands for the group of a name."""
        above = self._above
        while above[name] != name:
            above[name] = above[above[name]]
            name = above[name]
        return name

    def join_all(self, together: Iterable[Iterable[str]]) -> None:
        """Let the names of each of these be of one group from now on."""
        for names in together:
            found = sorted({self.of(name) for name in names})
            for other in found[1:]:
                self._above[other] = found[0]

    def all(self) -> dict[str, list[str]]:
        """Every group, sorted, with its names, sorted."""
        members: dict[str, list[str]] = {}
        for name in sorted(self._above):
            members.setdefault(self.of(name), []).append(name)
        return members
