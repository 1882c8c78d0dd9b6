"""Who imports the files that models live in: a package's own files do, and its index most of all."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping

from strangler.model.tables import Table, TableOrigin
from strangler_analyzers.boundaries.names import words
from strangler_analyzers.graph.system_graph import SystemGraph

_INDEX = 10.0
"""For how many importers it counts that an index imports a home: it gathers what its package wants to be seen as one.

Measured like the weights: docs/boundaries.md.
"""
_ITSELF = 0.5
"""What a home counts among its own importers: tables of one file share it, and so does a home that imports it."""
_NEARLY_ALL = 0.95
"""Where one module has so large a part of the models, homes say nothing."""


def owner(table: Table) -> str | None:
    """The table that one without a model belongs to by key and name: ``order_lines`` of ``order_lines_tags``.

    Words count, not letters: ``certificates`` is the owner of ``certificate_tags``.
    """
    if table.model is not None:
        return None
    own = words(table.name)
    by = {key.target_table: words(key.target_table) for key in table.foreign_keys if key.target_table != table.name}
    owners = [name for name, begun in by.items() if len(begun) < len(own) and own[: len(begun)] == begun]
    return max(owners, key=lambda name: (len(by[name]), name), default=None)


def is_association(table: Table) -> bool:
    """Whether a table only says which rows of others belong together: it has no model, and little but keys to them."""
    keys = {key.column for key in table.foreign_keys}
    return table.model is None and len(keys) > 1 and len(keys) + 1 >= len(table.columns)


def homes(graph: SystemGraph, tables: Iterable[str]) -> list[str | None]:
    """Per table the module that declares it: with its model, with its owner's model, or without any.

    Where SQL alone names a table, nothing declares it.
    """
    by_file = {module.file: module.name for module in graph.facts.modules}
    return [_home(graph, table, by_file) for table in tables]


def common_home(graph: SystemGraph, tables: Iterable[str]) -> str | None:
    """The module that declares nearly all models: the file signal is void then. What has no model says nothing here."""
    models = (graph.tables[table].model for table in tables)
    counts = Counter(model.partition(":")[0] for model in models if model is not None)
    most = min(counts, key=lambda home: (-counts[home], home), default=None)
    return most if most is not None and counts[most] >= _NEARLY_ALL * counts.total() else None


def importers(graph: SystemGraph, tables: Collection[str]) -> list[dict[str, float]]:
    """Per table the application modules that import its home, and how much each counts; nothing for a common home.

    An index is a module that imports and defines neither class nor function (as a rule a package's ``__init__``). One
    that imports every home says nothing and is left out.
    """
    of = homes(graph, tables)
    if common_home(graph, tables) is not None:
        return [{} for _ in of]
    found: defaultdict[str, set[str]] = defaultdict(set)
    held: Counter[str] = Counter()
    distinct = {home for home in of if home is not None}
    for importer, imported in {(item.importer, item.imported) for item in graph.facts.imports}:
        if imported in distinct and importer in graph.application_modules:
            found[imported].add(importer)
            held[importer] += 1
    indices = held.keys() - _defining(graph)
    telling = {importer for importer, count in held.items() if count < len(distinct)}
    rows = {home: _row(home, found[home] & telling, indices) for home in sorted(distinct)}
    return [{} if home is None else rows[home] for home in of]


def _row(home: str, importing: set[str], indices: set[str]) -> dict[str, float]:
    return {home: _ITSELF, **{name: _INDEX if name in indices else 1.0 for name in sorted(importing - {home})}}


def _home(graph: SystemGraph, name: str, by_file: Mapping[str, str]) -> str | None:
    table = graph.tables[name]
    holder = graph.tables.get(owner(table) or name, table)
    if holder.model is not None:
        return holder.model.partition(":")[0]
    if holder.location is None or holder.origin is TableOrigin.RAW_SQL:
        return None
    return by_file.get(holder.location.file)


def _defining(graph: SystemGraph) -> set[str]:
    names = [cls.name for cls in graph.facts.classes]
    names += [function.name for function in graph.facts.functions if not function.name.endswith(":<module>")]
    return {name.partition(":")[0] for name in names}
