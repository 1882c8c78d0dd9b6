"""The error for a mapping that does not fit, at its line in the file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from strangler.project import TableMapping
from strangler_etl.errors import MappingError


def mapping_error(service: str, mapping: TableMapping, what: str, remedy: str | None = None, *at: str) -> MappingError:
    """The error for the key `at` of a mapping, at its line in the file, or at that of the table it is in."""
    places = (mapping.places.get(at[:length]) for length in range(len(at), -1, -1))
    return MappingError(service, mapping.name, what, remedy, next((place for place in places if place), None))


def all_of(errors: Sequence[MappingError]) -> MappingError:
    """The errors of several mappings as one, in one line: the first, followed by the complete others."""
    first, *others = errors
    if not others:
        return first
    further = "; ".join(str(error) for error in others)
    remedy = f"{first.remedy}; further: {further}" if first.remedy else f"further: {further}"
    return MappingError(first.service, first.table, first.what, remedy, first.place)


def did_you_mean(name: str, names: Iterable[str]) -> str | None:
    """The question whether one of the names was meant; None where none is similar."""
    near = get_close_matches(name, list(names), n=1)
    return f"did you mean {near[0]}?" if near else None
