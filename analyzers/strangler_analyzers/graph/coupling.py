"""The coupling between modules."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from strangler.model.system import ModuleRole, SystemFacts


@dataclass(frozen=True, slots=True)
class ModuleCoupling:
    """One module's coupling through calls and imports at run time, without tests and migrations.

    `afferent` counts the distinct modules that depend on it, `efferent` those it depends on
    (Martin, "OO Design Quality Metrics", 1994, with modules in place of categories);
    `uses_in` and `uses_out` count the imports and calls themselves.
    """

    module: str
    afferent: int
    efferent: int
    uses_in: int
    uses_out: int

    @property
    def instability(self) -> float:
        """From 0, for a module that depends on no other, to 1, for one that no other depends on."""
        total = self.afferent + self.efferent
        return self.efferent / total if total else 0.0


def module_dependencies(facts: SystemFacts) -> Counter[tuple[str, str]]:
    """The number of imports (without typing-only ones) and calls from one module to another."""
    dependencies: Counter[tuple[str, str]] = Counter()
    for item in facts.imports:
        if not item.typing_only:
            dependencies[item.importer, item.imported] += 1
    for call in facts.calls:
        dependencies[call.caller.partition(":")[0], call.callee.partition(":")[0]] += 1
    for module in facts.modules:
        del dependencies[module.name, module.name]
    return dependencies


def module_coupling(facts: SystemFacts) -> tuple[ModuleCoupling, ...]:
    """The coupling of every application module, most coupled first."""
    own = {module.name for module in facts.modules if module.role is ModuleRole.APPLICATION}
    afferent: defaultdict[str, int] = defaultdict(int)
    efferent: defaultdict[str, int] = defaultdict(int)
    uses_in: defaultdict[str, int] = defaultdict(int)
    uses_out: defaultdict[str, int] = defaultdict(int)
    for (source, target), count in module_dependencies(facts).items():
        if source in own and target in own:
            efferent[source] += 1
            afferent[target] += 1
            uses_out[source] += count
            uses_in[target] += count
    rows = [ModuleCoupling(name, afferent[name], efferent[name], uses_in[name], uses_out[name]) for name in own]
    return tuple(sorted(rows, key=_most_coupled_first))


def _most_coupled_first(row: ModuleCoupling) -> tuple[int, int, str]:
    return -(row.afferent + row.efferent), -(row.uses_in + row.uses_out), row.module
