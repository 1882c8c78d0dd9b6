"""Names proposed services."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from strangler_analyzers.boundaries.names import words
from strangler_analyzers.graph.applications import Applications


def service_names(
    groups: Sequence[Sequence[str]], medoids: Sequence[str], apps: Applications, labels: Mapping[str, str]
) -> tuple[str, ...]:
    """A name for each group of tables: its label, else the app most of them are of, else its medoid's.

    An app names one of the groups it leads: the one with the table named like the app, else with most of its tables, so
    that a name means the same at every granularity. Names from apps and medoids consist of lower-case letters, digits
    and underscores; all names differ.
    """
    by_app = [Counter(app for table in group if (app := apps.of_table(table))) for group in groups]
    leading = [max(sorted(counts), key=lambda app: counts[app]) if counts else None for counts in by_app]
    largest: dict[str, int] = {}
    for position, app in enumerate(leading):
        if app is not None:
            best = largest.setdefault(app, position)
            if _claim(app, groups[position], by_app[position]) > _claim(app, groups[best], by_app[best]):
                largest[app] = position
    owners = {position: app for app, position in largest.items()}
    taken: Counter[str] = Counter()
    names: list[str] = []
    for position, (group, medoid) in enumerate(zip(groups, medoids, strict=True)):
        label = next((labels[table] for table in group if table in labels), None)
        name = label or _plain(owners[position].rpartition(".")[2] if position in owners else medoid)
        taken[name] += 1
        names.append(name if taken[name] == 1 else f"{name}_{taken[name]}")
    return tuple(names)


def _claim(app: str, group: Sequence[str], by_app: Mapping[str, int]) -> tuple[bool, int]:
    """A group's claim to an app's name: whether it has the table named like the app, and how many of its tables."""
    called = words(app.rpartition(".")[2])
    return any(words(table) in (called, (*called, *called)) for table in group), by_app[app]


def _plain(text: str) -> str:
    name = re.sub("[^a-z0-9_]+", "_", text.lower()).strip("_")
    return name if name[:1].isalpha() else f"service_{name}"
