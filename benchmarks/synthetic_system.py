"""Boundaries of a system nobody wrote, in a process of its own: prints the seconds and megabytes it took.

python -m benchmarks.synthetic_system TABLES FUNCTIONS
"""

from __future__ import annotations

import random
import resource
import sys
import time

from strangler.model.location import Location
from strangler.model.system import AccessMode, Call, Class, Function, Module, SystemFacts, TableAccess
from strangler.model.tables import ForeignKey, Table, TableOrigin
from strangler_analyzers.boundaries.clustering import cluster
from strangler_analyzers.graph.system_graph import SystemGraph

_TABLES_PER_FEATURE = 20
_FUNCTIONS_PER_FILE = 20
_STRAYING = 0.1
"""How often code reaches into a feature that is not its own."""


def synthetic(tables: int, functions: int) -> SystemFacts:
    """A system of features with 20 tables each; every tenth access, call and key leads to another feature."""
    rng = random.Random(1)
    features = max(1, tables // _TABLES_PER_FEATURE)
    files = max(features, functions // _FUNCTIONS_PER_FILE)

    def feature(own: int) -> int:
        return rng.randrange(features) if rng.random() < _STRAYING else own

    def table(of: int) -> str:
        return f"app{of}_thing{rng.randrange(_TABLES_PER_FEATURE)}"

    modules = [Module(f"shop.app{number % features}.part{number}", f"part{number}.py", 400) for number in range(files)]
    names = [f"{modules[number % files].name}:work{number}" for number in range(functions)]
    by_feature = [list(range(of, files, features)) for of in range(features)]
    accesses: list[TableAccess] = []
    calls: list[Call] = []
    for number, name in enumerate(names):
        own = number % files % features
        place = Location(modules[number % files].file, 10 + number // files * 20)
        for _ in range(2):
            mode = AccessMode.WRITE if rng.random() < 0.3 else AccessMode.READ
            accesses.append(TableAccess(name, place, 4, table(feature(own)), mode, "query"))
            callee = rng.choice(by_feature[feature(own)]) + files * rng.randrange(functions // files)
            calls.append(Call(name, place, 4, names[callee]))
    declared = [
        Table(
            f"app{of}_thing{number}",
            TableOrigin.DJANGO,
            f"{modules[of].name}:Thing{number}",
            Location(modules[of].file, number + 1),
            (),
            tuple(ForeignKey("other", table(feature(of)), "id", Location("m.py", number + 1)) for _ in range(2)),
        )
        for of in range(features)
        for number in range(_TABLES_PER_FEATURE)
    ]
    return SystemFacts(
        root="synthetic",
        modules=tuple(sorted(modules)),
        classes=tuple(sorted(Class(t.model, t.location) for t in declared if t.model and t.location)),
        functions=tuple(sorted(Function(name, Location("f.py", 1), 2) for name in names)),
        calls=tuple(calls),
        tables=tuple(sorted(declared, key=lambda item: item.name)),
        accesses=tuple(accesses),
    )


def main(arguments: list[str]) -> int:
    """Time the boundaries of such a system, its facts made beforehand."""
    facts = synthetic(*map(int, arguments))
    start = time.monotonic()
    cluster(SystemGraph(facts)).partition()
    seconds = time.monotonic() - start
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
