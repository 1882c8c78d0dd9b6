"""What the report holds, before it is packed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from strangler.model.json_value import Json
from strangler.model.system import SystemFacts
from strangler.report.document.document import report_document
from strangler.report.document.grouping import DeclaredService
from strangler.report.document.layout import Area, BoxKind, Rectangle, squarified
from strangler_analyzers.graph.summary import summarise
from strangler_analyzers.graph.system_graph import SystemGraph
from tests.analyzers.shop_facts import shop_facts
from tests.report.golden import FILE, golden


def document(facts: SystemFacts | None = None, services: Sequence[DeclaredService] = ()) -> Mapping[str, Json]:
    """The document of the shop, or of other facts."""
    graph = SystemGraph(facts or shop_facts())
    return report_document(graph, summarise(graph), services)


def column(section: Json, name: str) -> Sequence[Json]:
    """One column of a section."""
    assert isinstance(section, Mapping)
    values = section[name]
    assert isinstance(values, Sequence)
    return values


def test_the_front_end_is_held_to_what_python_says_now() -> None:
    """The golden file of the front end's tests is up to date (python -m tests.report.golden)."""
    assert FILE.read_bytes() == golden()


def test_columns_of_a_section_are_equally_long() -> None:
    """A row is one position in all of them."""
    whole = document()
    for name in (
        "groups",
        "modules",
        "tables",
        "columns",
        "keys",
        "edges",
        "boxes",
        "entries",
        "functions",
        "statements",
    ):
        section = whole[name]
        assert isinstance(section, Mapping)
        assert len({len(column(section, key)) for key in section}) == 1, name


def test_every_module_and_table_has_a_box_within_that_of_its_group() -> None:
    """Nothing of the map is missing, or outside."""
    whole = document()
    boxes = whole["boxes"]
    kinds, numbers = column(boxes, "kind"), column(boxes, "number")
    for kind, section in ((BoxKind.MODULE, "modules"), (BoxKind.TABLE, "tables")):
        found = sorted(str(number) for other, number in zip(kinds, numbers, strict=True) if other == kind)
        assert found == sorted(str(number) for number in range(len(column(whole[section], "name"))))
    for index, parent in enumerate(column(boxes, "parent")):
        if isinstance(parent, int) and parent >= 0:
            inner, outer = _corners(boxes, index), _corners(boxes, parent)
            assert outer[0] <= inner[0]
            assert outer[1] <= inner[1]
            assert inner[2] <= outer[2]
            assert inner[3] <= outer[3]


def test_declared_services_are_groups_of_their_own() -> None:
    """What strangler.toml claims leaves the app it lies in."""
    whole = document(services=[DeclaredService("money", ("shop.payments",), ("orders_order",))])
    names, services = column(whole["groups"], "name"), column(whole["groups"], "service")
    money = list(names).index("money")
    assert services[money] == 1
    modules = dict(zip(column(whole["modules"], "name"), column(whole["modules"], "group"), strict=True))
    assert modules["shop.payments.client"] == money
    assert modules["shop.orders.views"] != money
    tables = dict(zip(column(whole["tables"], "name"), column(whole["tables"], "group"), strict=True))
    assert tables["orders_order"] == money


def test_tables_are_those_that_the_summary_counts() -> None:
    """One count for the terminal, JSON and the report; what only tests name is in no column."""
    facts = shop_facts()
    tested = replace(facts.accesses[0], table="only_tested", function="tests.orders:test_it")
    whole = document(replace(facts, accesses=(*facts.accesses, tested)))
    summary, statements = whole["summary"], whole["statements"]
    assert isinstance(summary, Mapping)
    counts, names = summary["tables"], column(whole["tables"], "name")
    assert isinstance(counts, Sequence)
    assert sum(count for count in counts if isinstance(count, int)) == len(names)
    assert "only_tested" not in names
    what, targets = column(statements, "what"), column(statements, "target")
    assert all(0 <= int(str(to)) < len(names) for of, to in zip(what, targets, strict=True) if of in {1, 2})


def test_an_empty_system_has_a_document() -> None:
    """No module, no route, no error."""
    assert column(document(SystemFacts("empty"))["routes"], "path") == []


def test_functions_of_tests_cost_nothing() -> None:
    """Only application code, and what it leads to."""
    facts = shop_facts()
    unused = replace(facts.functions[-1], name="tests.orders:test_unused")
    names = column(document(replace(facts, functions=(*facts.functions, unused)))["functions"], "name")
    assert not any("test_unused" in str(name) for name in names)


@given(st.lists(st.floats(0.01, 1e6), min_size=1, max_size=60), st.floats(1, 1e4), st.floats(1, 1e4))
def test_squares_fill_the_rectangle_in_proportion(weights: list[float], width: float, height: float) -> None:
    """No part overlaps another's share: areas are as the weights, and everything stays inside."""
    areas = [Area(BoxKind.MODULE, number, str(number), weight) for number, weight in enumerate(weights)]
    whole = width * height / sum(weights)
    found = list(squarified(areas, Rectangle(0, 0, width, height)))
    assert sorted(area.number for area, _ in found) == list(range(len(weights)))
    for area, box in found:
        assert abs(box.width * box.height - area.weight * whole) <= 1e-6 * width * height
        assert box.x >= -1e-6 * width
        assert box.x + box.width <= width * (1 + 1e-6)
        assert box.y >= -1e-6 * height
        assert box.y + box.height <= height * (1 + 1e-6)


def _corners(boxes: Json, index: int) -> tuple[int, int, int, int]:
    x, y, width, height = (column(boxes, name)[index] for name in ("x", "y", "width", "height"))
    assert isinstance(x, int)
    assert isinstance(y, int)
    assert isinstance(width, int)
    assert isinstance(height, int)
    return x, y, x + width, y + height
