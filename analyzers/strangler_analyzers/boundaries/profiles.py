"""The features of every table that could tell which other tables it belongs with."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from strangler.model.system import Call, Confidence, TableAccess
from strangler_analyzers.boundaries.key_graph import Pair, key_graph, relations
from strangler_analyzers.boundaries.model_importers import common_home, homes, importers
from strangler_analyzers.boundaries.names import words
from strangler_analyzers.graph.coupling import module_dependencies
from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_analyzers.graph.transactions import transaction_spans

Features = Mapping[str, float]
"""The features of a table, each with its weight."""

_DEFINITION = 20.0
"""The number of uses that holding the table's model counts for: that file is the table's home."""
_REACH = 0.5
"""The share of a file's weight that passes to the files it is coupled with, in each of two steps."""
_KEPT = 60
"""The number of features kept for a table, the heaviest ones; the rest tells nothing and costs time."""
_EVERYWHERE = 0.9
"""A feature that this share of all tables has tells nothing about any two.

All models in one file share such features. Measured in docs/boundaries.md, where 1 does nearly as well.
"""
_MOST_TOGETHER = 8
"""A function or transaction that touches more tables than this does not tell which of them belong together."""


class Signal(StrEnum):
    """The kinds of evidence that two tables belong together."""

    HOMES = "homes"
    """The same files import the files that hold their models, above all package indices."""
    FILES = "files"
    """The same files use them."""
    SURROUNDINGS = "surroundings"
    """The files that use them import and call the same files."""
    PACKAGES = "packages"
    """Files of the same packages use them."""
    NAMES = "names"
    """Their names, and those of their models, share words."""
    FAMILIES = "families"
    """Their names begin with the same words; the first word counts most."""
    USAGE = "usage"
    """The same functions use them."""
    REQUESTS = "requests"
    """The same requests touch them, weighted by access logs."""
    KEYS = "keys"
    """One has a foreign key to the other."""
    RELATIONS = "relations"
    """Foreign keys lead from both to the same tables, in up to three steps."""
    TRANSACTIONS = "transactions"
    """They are written in one transaction."""


@dataclass(frozen=True, slots=True)
class Profiles:
    """The features of each of `tables`, by signal and in their order, and the direct links of pairs, from 0 to 1."""

    tables: tuple[str, ...]
    features: Mapping[Signal, tuple[Features, ...]]
    links: Mapping[Signal, Mapping[Pair, float]]


def profiles(graph: SystemGraph, tables: tuple[str, ...]) -> Profiles:
    """The profiles of some tables of a system, without tests and migrations."""
    number = {table: position for position, table in enumerate(tables)}
    uses = _uses(graph, number)
    keys = key_graph(graph, number)
    return Profiles(
        tables,
        {
            Signal.HOMES: weighted(importers(graph, tables)),
            Signal.FILES: weighted(uses),
            Signal.SURROUNDINGS: weighted(_spread(uses, _couplings(graph))),
            Signal.PACKAGES: weighted(_packages(uses)),
            Signal.NAMES: weighted(_names(graph, tables)),
            Signal.FAMILIES: weighted(_families(tables)),
            Signal.RELATIONS: weighted(relations(keys, len(tables))),
            Signal.USAGE: weighted(_functions(graph, number)),
            Signal.REQUESTS: weighted(_requests(graph, number)),
        },
        {
            Signal.KEYS: keys,
            Signal.TRANSACTIONS: _transactions(graph, number),
        },
    )


def weighted(rows: Sequence[Features]) -> tuple[Features, ...]:
    """Features weighted by rarity among the tables; each row has length 1 or is empty.

    This is TF-IDF (Salton and Buckley, "Term-weighting approaches in automatic text retrieval", 1988), where a table
    that has little of a feature counts as a fraction of a holder. Features that nearly all have are left out.
    """
    holders: defaultdict[str, float] = defaultdict(float)
    having: Counter[str] = Counter()
    for row in rows:
        most = max(row.values(), default=1.0)
        having.update(row.keys())
        for feature, weight in row.items():
            holders[feature] += weight / most
    everywhere = _EVERYWHERE * len(rows)
    rarity = {name: math.log(1 + len(rows) / held) for name, held in holders.items() if having[name] < everywhere}
    return tuple(_unit({name: weight * rarity[name] for name, weight in row.items() if name in rarity}) for row in rows)


def _unit(row: Features) -> Features:
    kept = _weightiest(row)
    length = math.sqrt(sum(weight * weight for weight in kept.values()))
    return {feature: weight / length for feature, weight in kept.items()} if length else {}


def _weightiest(row: Features) -> dict[str, float]:
    """The kept features, heaviest first; comparing pairs is faster than a sort key."""
    return {name: -minus for minus, name in sorted([(-weight, name) for name, weight in row.items()])[:_KEPT]}


def _uses(graph: SystemGraph, number: Mapping[str, int]) -> list[dict[str, float]]:
    """How much each file uses each table: its rows, its model's methods, its model itself."""
    counts: list[Counter[str]] = [Counter() for _ in number]
    modelled = {table.model: number[table.name] for table in graph.facts.tables if table.model and table.name in number}
    for access in _accesses(graph, number):
        counts[number[access.table]][access.function.partition(":")[0]] += 1
    for call in graph.facts.calls:
        position = modelled.get(call.callee, modelled.get(call.callee.rpartition(".")[0]))
        if position is not None and _counts(graph, call):
            counts[position][call.caller.partition(":")[0]] += 1
    found = [{name: math.log1p(count) for name, count in sorted(row.items())} for row in counts]
    common = common_home(graph, number)
    for row, home in zip(found, homes(graph, number), strict=True):
        if common is not None:
            row.pop(common, None)
        elif home is not None:
            row[home] = row.get(home, 0.0) + math.log1p(_DEFINITION)
    return found


def _accesses(graph: SystemGraph, number: Mapping[str, int]) -> Iterator[TableAccess]:
    return (
        access
        for access in graph.facts.accesses
        if access.table in number
        and access.confidence is not Confidence.POSSIBLE
        and graph.in_application(access.function)
    )


def _counts(graph: SystemGraph, call: Call) -> bool:
    return call.confidence is not Confidence.POSSIBLE and graph.in_application(call.caller)


def _couplings(graph: SystemGraph) -> Mapping[str, Mapping[str, float]]:
    """How closely application modules are coupled, 0 to 1; a module that all import is close to none."""
    found: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for (source, target), count in sorted(module_dependencies(graph.facts).items()):
        if count and source in graph.application_modules and target in graph.application_modules:
            both = found[source].get(target, 0.0) + math.log1p(count)
            found[source][target] = found[target][source] = both
    whole = {module: sum(row.values()) for module, row in found.items()}
    return {
        module: {other: weight / math.sqrt(whole[module] * whole[other]) for other, weight in row.items()}
        for module, row in found.items()
    }


def _spread(uses: Iterable[Features], couplings: Mapping[str, Mapping[str, float]]) -> list[Features]:
    """The files that use a table and, with less weight, the files coupled with them."""
    found: list[Features] = []
    for row in uses:
        total, current = dict(row), row
        for _ in range(2):
            reached: defaultdict[str, float] = defaultdict(float)
            for module, weight in current.items():
                for other, closeness in couplings.get(module, {}).items():
                    reached[other] += _REACH * weight * closeness
            current = _weightiest(reached)
            for module, weight in current.items():
                total[module] = total.get(module, 0.0) + weight
        found.append(total)
    return found


def _packages(uses: Iterable[Features]) -> list[Features]:
    found: list[Features] = []
    for row in uses:
        packages: defaultdict[str, float] = defaultdict(float)
        for module, weight in row.items():
            parts = module.split(".")
            for depth in range(1, len(parts)):
                packages[".".join(parts[:depth])] += weight
        found.append(packages)
    return found


def _names(graph: SystemGraph, tables: Iterable[str]) -> list[Features]:
    found: list[Features] = []
    for name in tables:
        table = graph.tables.get(name)
        model = "" if table is None or table.model is None else table.model.rpartition(":")[2]
        found.append(dict.fromkeys((*words(name), *words(model)), 1.0))
    return found


def _families(tables: Iterable[str]) -> list[Features]:
    found: list[Features] = []
    for name in tables:
        row: dict[str, float] = {}
        for position, word in enumerate(words(name)):
            row.setdefault(word, 1 / (position + 1))
        found.append(row)
    return found


def _functions(graph: SystemGraph, number: Mapping[str, int]) -> list[Features]:
    touched: defaultdict[str, set[int]] = defaultdict(set)
    for access in _accesses(graph, number):
        touched[access.function].add(number[access.table])
    found: list[dict[str, float]] = [{} for _ in number]
    for function, positions in touched.items():
        if 2 <= len(positions) <= _MOST_TOGETHER:
            for position in positions:
                found[position][function] = 1.0
    return [*found]


def _requests(graph: SystemGraph, number: Mapping[str, int]) -> list[Features]:
    """For each table the routes that touch it, weighted by their requests; empty if no access log was read."""
    found: list[dict[str, float]] = [{} for _ in number]
    traffic = graph.facts.access_traffic
    counts = {} if traffic is None else {(item.path, item.method): item.requests for item in traffic.routes}
    for route in graph.facts.routes:
        requests = counts.get((route.path, route.method), 0)
        if requests:
            use = graph.route_tables(route)
            touched = {number[name] for name in (*use.reads, *use.writes) if name in number}
            for position in touched if 2 <= len(touched) <= _MOST_TOGETHER else ():
                found[position][f"{route.method} {route.path}"] = math.log1p(requests)
    return [*found]


def _transactions(graph: SystemGraph, number: Mapping[str, int]) -> Mapping[Pair, float]:
    found: dict[Pair, float] = {}
    for span in transaction_spans(graph):
        written = sorted(number[table] for table in span.writes if table in number)
        if 2 <= len(written) <= _MOST_TOGETHER:
            for position, first in enumerate(written):
                for second in written[position + 1 :]:
                    found[first, second] = max(found.get((first, second), 0.0), 1 / (len(written) - 1))
    return found
