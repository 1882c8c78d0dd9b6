"""``boundaries.toml``: a team's constraints, in a file that it reviews and commits.

::

    shared = ["catalog_currency"]                    # tables of no service
    must_link = [["orders_order", "orders_line"]]    # in one service
    cannot_link = [["reviews_review", "orders_order"]]

    [labels]                                         # the service of a table
    reviews_review = "reviews"

    [pins]                                           # the service of a module, or "shared"
    "shop.basemodels" = "shared"
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

import tomlkit

from strangler.model.errors import ConfigurationError
from strangler.project_reader import require_sound, root_section
from strangler.store import write_atomic
from strangler.toml_section import Section
from strangler_analyzers.boundaries.constraints import Constraints
from strangler_analyzers.graph.system_graph import SystemGraph

FILE_NAME = "boundaries.toml"


def load_constraints(path: Path, graph: SystemGraph) -> Constraints:
    """Read the file; without a file there are no constraints.

    Raises ConfigurationError with every problem found in it.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Constraints()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"cannot be read: {error}", where=str(path)) from error
    root = root_section(text, str(path))
    reader = _Reader(graph)
    constraints = Constraints(
        labels=reader.names(root.section("labels"), graph.tables, "table"),
        together=reader.groups(root, "must_link"),
        apart=reader.groups(root, "cannot_link"),
        shared=reader.tables(root, "shared", root.texts("shared")),
        pins=reader.names(root.section("pins"), graph.modules, "module"),
    )
    root.close()
    require_sound(root)
    return constraints


def add_labels(path: Path, labels: Mapping[str, str]) -> None:
    """Write labels into the file, creating it if necessary; comments and order are kept."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    document = tomlkit.parse(text)
    table = document.setdefault("labels", tomlkit.table())
    for name, label in labels.items():
        table[name] = label
    write_atomic(path, tomlkit.dumps(document).encode())


class _Reader:
    def __init__(self, graph: SystemGraph) -> None:
        self._graph = graph

    def names(self, section: Section, known: Mapping[str, object], kind: str) -> Mapping[str, str]:
        """Every key of a section with its string value."""
        found: dict[str, str] = {}
        for name in section.values:
            text = section.text(name)
            if name not in known:
                self._report(section, name, name, known, kind)
            elif text is not None:
                found[name] = text
        return found

    def groups(self, root: Section, key: str) -> tuple[tuple[str, ...], ...]:
        """A list of lists of tables."""
        return tuple(self.tables(root, key, names) for names in root.text_lists(key))

    def tables(self, root: Section, key: str, names: tuple[str, ...]) -> tuple[str, ...]:
        """The names that are tables of the system; unknown ones are reported."""
        for name in names:
            if name not in self._graph.tables:
                self._report(root, key, name, self._graph.tables, "table")
        return names

    @staticmethod
    def _report(section: Section, key: str, name: str, known: Mapping[str, object], kind: str) -> None:
        near = get_close_matches(name, known, n=1)
        remedy = f"did you mean {near[0]}?" if near else "strangler analyze finds what there is"
        section.report(key, f"there is no {kind} {name}", remedy)
