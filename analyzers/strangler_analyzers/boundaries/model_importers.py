"""The importers of the modules that declare models: mostly files of the same package, above all its index."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping

from strangler.model.tables import Table, TableOrigin
from strangler_analyzers.boundaries.names import words
from strangler_analyzers.graph.system_graph import SystemGraph

_INDEX = 10.0
"""The number of importers an index counts for when it imports a home, since it gathers what a package exports.

Measured like the weights: docs/boundaries.md.
"""
_ITSELF = 0.5
"""The weight of a home among its own importers, which links tables of one file and homes that import each other."""
_NEARLY_ALL = 0.95
"""If one module has this share of the models, homes tell nothing."""


def owner(table: Table) -> str | None:
    """The owner, by key and name, of a table without a model: ``order_lines`` for ``order_lines_tags``.

    Names are compared by words, not letters: ``certificates`` is the owner of ``certificate_tags``.
    """
    if table.model is not None:
        return None
    own = words(table.name)
    by = {key.target_table: words(key.target_table) for key in table.foreign_keys if key.target_table != table.name}
    owners = [name for name, begun in by.items() if len(begun) < len(own) and own[: len(begun)] == begun]
    return max(owners, key=lambda name: (len(by[name]), name), default=None)


def is_association(table: Table) -> bool:
    """Whether a table only associates rows of others: it has no model, and little but keys to them."""
    keys = {key.column for key in table.foreign_keys}
    return table.model is None and len(keys) > 1 and len(keys) + 1 >= len(table.columns)


def homes(graph: SystemGraph, tables: Iterable[str]) -> list[str | None]:
    """For each table the module that declares it: through its model, its owner's model, or without a model.

    It is None for a table that only SQL names.
    """
    by_file = {module.file: module.name for module in graph.facts.modules}
    return [_home(graph, table, by_file) for table in tables]


def common_home(graph: SystemGraph, tables: Iterable[str]) -> str | None:
    """The module that declares nearly all models, which voids the file signal. Tables without a model do not count."""
    models = (graph.tables[table].model for table in tables)
    counts = Counter(model.partition(":")[0] for model in models if model is not None)
    most = min(counts, key=lambda home: (-counts[home], home), default=None)
    return most if most is not None and counts[most] >= _NEARLY_ALL * counts.total() else None


def importers(graph: SystemGraph, tables: Collection[str]) -> list[dict[str, float]]:
    """For each table the application modules that import its home, with their weights; empty for a common home.

    An index is a module that imports, but defines no class or function (usually a package's ``__init__``). One that
    imports every home tells nothing and is left out.
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
