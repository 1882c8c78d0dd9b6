"""A made-up monolith of a given size, the same at every run: what the report is measured with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from strangler.model.location import Location
from strangler.model.system import AccessMode, Call, Function, Import, Module, Route, SystemFacts, TableAccess
from strangler.model.tables import Column, Table, TableOrigin


@dataclass(frozen=True, slots=True)
class Measures:
    """How large the system is: nodes are modules, tables and functions; edges imports, calls and accesses."""

    apps: int = 40
    modules: int = 900
    tables: int = 260
    functions: int = 8_840
    imports: int = 3_000
    calls: int = 20_000
    accesses: int = 7_000
    routes: int = 1_200

    @property
    def nodes(self) -> int:
        """Modules, tables and functions."""
        return self.modules + self.tables + self.functions

    @property
    def edges(self) -> int:
        """Imports, calls and accesses."""
        return self.imports + self.calls + self.accesses


_NOUNS = (
    "order",
    "stock",
    "price",
    "customer",
    "invoice",
    "ticket",
    "event",
    "seat",
    "refund",
    "coupon",
    "report",
    "user",
)
_VERBS = (
    "create",
    "update",
    "find",
    "check",
    "cancel",
    "render",
    "export",
    "notify",
    "compute",
    "load",
    "merge",
    "sync",
)


def made_up(measures: Measures) -> SystemFacts:
    """The facts of such a system; most dependencies stay within an app, as in real ones."""
    random = Random(7)
    modules = [
        Module(
            f"shop.{_NOUNS[n % 12]}{n % measures.apps}.{_VERBS[n // measures.apps % 12]}_{n}",
            f"shop/m{n}.py",
            40 + n % 400,
        )
        for n in range(measures.modules)
    ]
    tables = [
        Table(
            f"{_NOUNS[n % 12]}{n % measures.apps}_{_NOUNS[n // 12 % 12]}_{n}",
            TableOrigin.DJANGO,
            f"{modules[n % len(modules)].name}:Row{n}",
            Location(modules[n % len(modules)].file, 3),
            tuple(Column(f"{_NOUNS[c]}_{c}", "CharField") for c in range(8)),
        )
        for n in range(measures.tables)
    ]
    functions = [
        Function(
            f"{modules[n % len(modules)].name}:{_VERBS[n % 12]}_{_NOUNS[n // 12 % 12]}_{n}",
            Location(modules[n % len(modules)].file, 5 + n // len(modules) * 12),
            9 + n // len(modules) * 12,
        )
        for n in range(measures.functions)
    ]
    return SystemFacts(
        "made-up",
        ("django",),
        modules=tuple(sorted(modules)),
        functions=tuple(sorted(functions)),
        imports=tuple(sorted(_imports(random, modules, measures))),
        calls=tuple(_calls(random, functions, measures)),
        tables=tuple(sorted(tables, key=lambda table: table.name)),
        accesses=tuple(_accesses(random, functions, tables, measures)),
        routes=tuple(sorted(_routes(random, functions, measures))),
    )


def _near(random: Random, number: int, count: int, apps: int) -> int:
    """Another number, four times of five of the same app: those apps apart."""
    other = random.randrange(count)
    return other if random.random() < 0.2 else (other - other % apps + number % apps) % count


def _imports(random: Random, modules: Sequence[Module], measures: Measures) -> Iterator[Import]:
    for n in range(measures.imports):
        source = n % len(modules)
        target = _near(random, source, len(modules), measures.apps)
        yield Import(modules[source].name, modules[target].name, Location(modules[source].file, 1 + n // len(modules)))


def _calls(random: Random, functions: Sequence[Function], measures: Measures) -> Iterator[Call]:
    for n in range(measures.calls):
        source = n % len(functions)
        # Only forward: a request ends.
        target = source + 1 + _near(random, source, max(1, len(functions) - source - 1), measures.apps)
        caller, callee = functions[source], functions[min(target, len(functions) - 1)]
        yield Call(
            caller.name, Location(caller.location.file, caller.location.line + n // len(functions)), n % 40, callee.name
        )


def _accesses(
    random: Random, functions: Sequence[Function], tables: Sequence[Table], measures: Measures
) -> Iterator[TableAccess]:
    for n in range(measures.accesses):
        function = functions[random.randrange(len(functions))]
        table = tables[_near(random, n, len(tables), measures.apps)]
        mode = AccessMode.WRITE if n % 3 == 0 else AccessMode.READ
        yield TableAccess(function.name, function.location, 4, table.name, mode, "save" if n % 3 == 0 else "filter")


def _routes(random: Random, functions: Sequence[Function], measures: Measures) -> Iterator[Route]:
    for n in range(measures.routes):
        handler = functions[random.randrange(len(functions))]
        path = f"/{_NOUNS[n % 12]}/{{id}}/{_VERBS[n // 12 % 12]}/{n}"
        yield Route(path, ("GET", "POST")[n % 2], handler.name, "django", handler.location, entry=(handler.name,))
