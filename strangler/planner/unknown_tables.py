"""Tables that strangler.toml declares and that the map of the monolith does not have."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from strangler.project import Service


@dataclass(frozen=True, slots=True)
class UnknownTable:
    """A declared table that is not on the map, and the one that may be meant; None where no name is similar."""

    name: str
    service: str
    meant: str | None

    def __str__(self) -> str:
        """The table in the words of a message to users."""
        near = f"; did you mean {self.meant}?" if self.meant else ""
        return f"{self.name} of [services.{self.service}] is no table of the map{near}"


def unknown_tables(service: Service, known: Collection[str]) -> Iterator[UnknownTable]:
    """The declared tables of a service that are not in `known`, the tables of the map; in the order of the file."""
    free = [name for name in known if name not in service.tables]
    for name in service.tables:
        if name not in known:
            yield UnknownTable(name, service.name, next(iter(get_close_matches(name, free, n=1)), None))


def told_of_unknown(services: Iterable[Service], known: Collection[str]) -> Iterator[str]:
    """The lines about unknown tables; one line for a service that has none left, as when its code was retired."""
    for service in services:
        unknown = [*unknown_tables(service, known)]
        if unknown and len(unknown) == len(service.tables) and not any(one.meant for one in unknown):
            yield f"none of the tables of [services.{service.name}] is on the map: retired, or called otherwise"
        else:
            yield from map(str, unknown)
