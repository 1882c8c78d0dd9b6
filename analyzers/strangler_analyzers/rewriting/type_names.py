"""The types a port mentions, and the imports they need there."""

from __future__ import annotations

import ast
import builtins
import copy
from collections import defaultdict
from dataclasses import dataclass, field

from strangler_analyzers.rewriting.signatures import SourceModule


@dataclass(slots=True)
class TypeNames:
    """Collects what annotations mention; `imports` maps a name to where it comes from, empty name for a module."""

    imports: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    uses_any: bool = False

    def render(self, annotation: ast.expr | None, module: SourceModule) -> str:
        """An annotation as it reads in the port; Any where its names cannot be told."""
        if annotation is None:
            self.uses_any = True
            return "Any"
        needed: dict[str, tuple[str, str]] = {}
        for node in ast.walk(annotation):
            if isinstance(node, ast.Name):
                origin = _origin(node.id, module)
                if origin is None:
                    if not hasattr(builtins, node.id):
                        return self.render(None, module)
                elif self.imports.get(node.id, origin) != origin:
                    return self.render(None, module)  # another type of that name is there
                else:
                    needed[node.id] = origin
        self.imports |= needed
        return ast.unparse(_Unquoted().visit(copy.deepcopy(annotation)))

    def lines(self) -> list[str]:
        """The import statements, sorted, without those of ``typing``."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        modules: list[str] = []
        for name, (module, original) in sorted(self.imports.items(), key=lambda item: item[1]):
            renamed = "" if name == (original or module) else f" as {name}"
            if original:
                found[module].append(f"{original}{renamed}")
            else:
                modules.append(f"import {module}{renamed}")
        return [*modules, *(f"from {module} import {', '.join(names)}" for module, names in sorted(found.items()))]

    def split_typing(self) -> tuple[TypeNames, list[str]]:
        """The others, and the names of ``typing`` that are imported under their own name."""
        own = {name for name, origin in self.imports.items() if origin == ("typing", name)}
        rest = {name: origin for name, origin in self.imports.items() if name not in own}
        return TypeNames(rest), sorted(own | ({"Any"} if self.uses_any else set()))


class _Unquoted(ast.NodeTransformer):
    """Types written as text inside of others need no quotes under ``from __future__ import annotations``."""

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        if ast.unparse(node.value).rpartition(".")[2] == "Literal":
            return node
        return self.generic_visit(node)


def _origin(name: str, module: SourceModule) -> tuple[str, str] | None:
    if name in module.definitions:
        return module.name, name
    return module.imported.get(name)
