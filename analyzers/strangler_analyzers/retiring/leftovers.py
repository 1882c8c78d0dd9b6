"""Leftovers of dead code: untouched tables, unread settings, unneeded packages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from strangler.model.location import Location
from strangler.model.system import Confidence, ExternalKind
from strangler_analyzers.graph.elements import all_accesses
from strangler_analyzers.retiring.items import DeadItem, ItemKind, UsedItem
from strangler_analyzers.retiring.retirement import Retirement
from strangler_analyzers.retiring.units import UnitKind
from strangler_analyzers.rewriting.seams import SourcePosition

LeftOver = DeadItem | UsedItem


def leftovers(retirement: Retirement) -> tuple[LeftOver, ...]:
    """Tables of the service, dead or with what uses them first, and settings and packages only dead code mentions."""
    return (*_tables(retirement), *_settings(retirement), *_packages(retirement))


def _tables(retirement: Retirement) -> Iterator[LeftOver]:
    facts = retirement.graph.facts
    users: defaultdict[str, list[str]] = defaultdict(list)
    for access, _ in all_accesses(facts):
        unit = retirement.program.unit_of(access.function)
        if unit in retirement.used.why:
            users[access.table].append(f"{access.function} ({access.mode}s it, {access.location})")
    for name in sorted(retirement.boundary.tables & retirement.graph.tables.keys()):
        place = _place(retirement.graph.tables[name].location)
        keys = sorted(
            f"a foreign key of {other.name}"
            for other in facts.tables
            if other.name not in retirement.boundary.tables
            for key in other.foreign_keys
            if key.target_table == name
        )
        used = sorted(users[name]) or keys
        if used:
            yield UsedItem(ItemKind.TABLE, name, place, used[0])
        else:
            reason = "no code that stays reads or writes it: archive it with the SQL below, by hand"
            yield DeadItem(ItemKind.TABLE, name, place, reason, Confidence.LIKELY)


def _settings(retirement: Retirement) -> Iterator[DeadItem]:
    units = retirement.program.units
    for name, unit in sorted(units.items()):
        if unit.kind is not UnitKind.CONSTANT or not unit.own.isupper() or "settings" not in unit.module.split("."):
            continue
        readers = sorted(dead for dead in retirement.dead if dead != name and unit.own in units[dead].mentions.names)
        if readers and not any(
            unit.own in units[other].mentions.names or unit.own in units[other].mentions.words
            for other in retirement.stays
            if other != name
        ):
            place = SourcePosition(retirement.graph.modules[unit.module].file, unit.lines[0], 1)
            reason = f"only {readers[0]} reads it, dead too; the framework may read it as well"
            yield DeadItem(ItemKind.SETTING, unit.own, place, reason, Confidence.LIKELY)


def _packages(retirement: Retirement) -> Iterator[DeadItem]:
    users: defaultdict[str, set[str]] = defaultdict(set)
    places: dict[str, SourcePosition] = {}
    for use in retirement.graph.facts.outside:
        if use.kind is ExternalKind.PACKAGE:
            users[use.name].add(retirement.program.unit_of(use.function) or "")
            places.setdefault(use.name, _place(use.location))
    for name, units in sorted(users.items()):
        if units <= retirement.dead:
            reason = f"only {min(units)} uses it, dead too; something may load it by name"
            yield DeadItem(ItemKind.DEPENDENCY, name, places[name], reason, Confidence.LIKELY)


def _place(location: Location | None) -> SourcePosition:
    return SourcePosition(location.file, location.line, 1) if location is not None else SourcePosition("", 0, 0)
