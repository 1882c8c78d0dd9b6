"""Which tables foreign keys tie together, directly and over others."""

from __future__ import annotations

import pytest

from strangler.model.location import Location
from strangler.model.system import SystemFacts
from strangler.model.tables import ForeignKey, Table, TableOrigin
from strangler_analyzers.boundaries.key_graph import key_graph, relations
from strangler_analyzers.graph.system_graph import SystemGraph

PLACE = Location("m.py", 1)


def keyed(*keys: tuple[int, int], tables: int) -> SystemGraph:
    """Tables by number, and which refer to which."""
    return SystemGraph(
        SystemFacts(
            "shop",
            tables=tuple(
                Table(
                    f"t{number}",
                    TableOrigin.DJANGO,
                    None,
                    PLACE,
                    foreign_keys=tuple(ForeignKey("k", f"t{to}", "id", PLACE) for of, to in keys if of == number),
                )
                for number in range(tables)
            ),
        )
    )


def numbers(tables: int) -> dict[str, int]:
    """The tables by name."""
    return {f"t{number}": number for number in range(tables)}


def test_a_key_to_a_table_that_many_refer_to_says_little() -> None:
    """One of four users of a table says half of what its only user would; a key to itself says nothing."""
    found = key_graph(keyed((0, 4), (1, 4), (2, 4), (3, 4), (5, 0), (5, 5), tables=6), numbers(6))
    assert found[0, 4] == pytest.approx(0.5)
    assert found[0, 5] == 1.0
    assert (5, 5) not in found


def test_keys_reach_over_other_tables_less_with_each_step_and_not_without_end() -> None:
    """A chain of six: three steps reach the fourth, and not the fifth."""
    chain = relations(key_graph(keyed(*((n, n + 1) for n in range(5)), tables=7), numbers(7)), 7)
    assert chain[0].keys() == {"0", "1", "2", "3"}
    assert chain[0]["1"] > chain[0]["2"] > chain[0]["3"]
    assert chain[6] == {}


def test_no_step_leads_on_from_a_table_that_most_refer_to() -> None:
    """Sixty features and the users: each knows the users, none knows another; the users know all."""
    found = relations(key_graph(keyed(*((n, 60) for n in range(60)), tables=61), numbers(61)), 61)
    assert found[0].keys() == {"0", "60"}
    assert len(found[60]) == 61
