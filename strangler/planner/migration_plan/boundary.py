"""An accepted proposal, in the form in which it is written to ``[services.NAME]``."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from strangler.model.errors import UsageError
from strangler_analyzers.boundaries.extraction_order import REST, extraction_order
from strangler_analyzers.boundaries.suggestion import Study
from strangler_analyzers.graph.system_graph import SystemGraph


@dataclass(frozen=True, slots=True)
class DrawnBoundary:
    """What a service owns: packages with everything below them, and tables; `vital` says why it must not be first."""

    modules: tuple[str, ...]
    tables: tuple[str, ...]
    vital: tuple[str, ...] = ()


def drawn_boundary(found: Study, name: str, services: int | None = None) -> DrawnBoundary:
    """The proposed service of that name, alone against the rest; UsageError lists the existing ones.

    It is one of those of `suggest --first`, else of `suggest`; with `services`, of a proposal with that many.
    """
    weighed = {item.name: item for item in extraction_order(found)} if services is None else {}
    parts: Mapping[str, Sequence[str]] = found.groups(services)
    if services is None:
        parts = {**parts, **{item.name: item.tables for item in weighed.values()}}
    if name not in parts:
        raise UsageError(
            f"neither strangler.toml nor a proposal has a service {name}",
            remedy=f"proposed: {', '.join(parts)}; see strangler suggest --first, or give --services",
        )
    inside = set(parts[name])
    rest = [table for table in found.clustering.tables if table not in inside]
    owners = found.draw({name: parts[name], REST: rest}).owners
    own = [module for module, service in owners.modules.items() if service == name]
    everything = found.graph.application_modules
    free = {module for module in everything if module not in owners.modules and module not in owners.shared}
    whole = _apps(found.graph, inside)
    outside = [module for module in own if not any(_below(module, top) for top in whole)]
    vital = weighed[name].vital if name in weighed else ()
    return DrawnBoundary((*whole, *packages(outside, everything, free)), tuple(sorted(inside)), vital)


def _apps(graph: SystemGraph, tables: Collection[str]) -> tuple[str, ...]:
    """The apps that have no other tables: they move completely, even where their code touches tables of others."""
    inside = {graph.applications.of_table(table) for table in tables}
    others = {graph.applications.of_table(table) for table in graph.tables if table not in tables}
    return tuple(sorted(app for app in inside - others if app is not None))


def packages(own: Collection[str], everything: Collection[str], free: Collection[str] = ()) -> tuple[str, ...]:
    """The fewest packages that hold all `own` modules and no others except `free` ones."""
    foreign = [module for module in everything if module not in own and module not in free]
    chosen: dict[str, None] = {}
    for module in sorted(own):
        parts = module.split(".")
        tops = [".".join(parts[:length]) for length in range(1, len(parts) + 1)]
        top = next((top for top in tops if not any(_below(item, top) for item in foreign)), module)
        chosen[top] = None
    return tuple(chosen)


def _below(module: str, top: str) -> bool:
    return module == top or module.startswith(f"{top}.")
