"""Groups of names that belong together, built from pairs."""

from __future__ import annotations

from collections.abc import Iterable


class Groups:
    """A union-find structure (Tarjan, "Efficiency of a Good But Not Linear Set Union Algorithm", 1975).

    The alphabetically first name of a group represents it.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._above = {name: name for name in names}

    def of(self, name: str) -> str:
        """The representative of a name's group."""
        above = self._above
        while above[name] != name:
            above[name] = above[above[name]]
            name = above[name]
        return name

    def join_all(self, together: Iterable[Iterable[str]]) -> None:
        """Merge the groups of the names in each of these collections."""
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
