"""Differences between the sides, as they are shown."""

from __future__ import annotations

import pytest

from strangler.cli.render.diffs import diffs_lines
from strangler_gateway.shadow.comparer import Difference, DifferencePlace, Kind
from strangler_gateway.shadow.counts import ShadowCounts
from strangler_gateway.shadow.ledger import Ledger
from strangler_gateway.shadow.report import Diffs, RouteDiffs

AT = Difference(DifferencePlace("body /at", Kind.VALUE), "10:01", "10:02")
PRICE = Difference(DifferencePlace("body /items/*/price", Kind.VALUE), "5", "6")
STATUS = Difference(DifferencePlace("status", Kind.STATUS), "200", "500")

SHOWN = """
GET /reviews (reviews, 10 % shadowed): 7 compared, 3 equal, 1 explained by v1 itself, 3 unexplained (42.9 %)
  not compared: 4 dropped, 2 too large
  2 pairs: body /items/*/price (value): v1 5, v2 6
  2 pairs: status (status): v1 200, v2 500
  v1 contradicts itself in: body /at (value)
"""


def test_the_counts_come_first_and_then_each_place_that_nothing_explains() -> None:
    """With an example of it, once however many others differ beside it; the noise is at the end."""
    ledger = Ledger()
    for found in ((), (), (), (AT,), (AT, PRICE), (STATUS,), (STATUS, PRICE)):
        ledger.compared(found)
    for _ in range(2):
        ledger.repeated((AT,))
    counts = ShadowCounts(dropped=4, too_large=2)
    lines = diffs_lines(Diffs({"GET /reviews": RouteDiffs("reviews", 10, counts, ledger.summary())}))
    assert list(lines) == SHOWN.strip("\n").splitlines()


def test_the_most_frequent_places_are_shown() -> None:
    """Ten of them, and how many there are more."""
    ledger = Ledger()
    for number in range(1, 13):
        for _ in range(number):
            ledger.compared((Difference(DifferencePlace(f"body /{number}", Kind.VALUE), "a", "b"),))
    lines = list(diffs_lines(Diffs({"GET /reviews": RouteDiffs("reviews", 10, ShadowCounts(), ledger.summary())})))
    assert lines[1] == "  12 pairs: body /12 (value): v1 a, v2 b"
    assert lines[10:] == ["  3 pairs: body /3 (value): v1 a, v2 b", "  ... and 2 places more; --json shows all"]


@pytest.mark.parametrize(("pinned", "told"), [(1, False), (2, True)])
def test_where_most_clients_have_just_written_a_mend_is_named(pinned: int, *, told: bool) -> None:
    """Otherwise nothing is ever compared, and nobody knows why."""
    ledger = Ledger()
    ledger.compared(())
    route = RouteDiffs("reviews", 10, ShadowCounts(pinned=pinned), ledger.summary())
    lines = list(diffs_lines(Diffs({"GET /reviews": route})))
    assert lines[1] == f"  not compared: {pinned} pinned"
    assert any("strangler journal follow reviews" in line for line in lines) == told


def test_pairs_for_which_v1_was_not_asked_again_are_told() -> None:
    """They may be writes between the two answers."""
    route = RouteDiffs("reviews", 10, ShadowCounts(), Ledger().summary(), unasked=3)
    assert list(diffs_lines(Diffs({"GET /reviews": route})))[1].startswith(
        "  3 times a pair was called different without asking again: "
    )


@pytest.mark.parametrize(
    ("kind", "mend"),
    [(Kind.VALUE, "let v1 say the same twice"), (Kind.LENGTH, "let [gateway.shadow] body be larger than these bodies")],
)
def test_a_body_that_is_noise_says_what_to_do(kind: Kind, mend: str) -> None:
    """A page is never the same twice; a body that is cut could be compared."""
    ledger = Ledger()
    page = (Difference(DifferencePlace("body ", kind), "1 byte", "2 bytes"),)
    for _ in range(2):
        ledger.repeated(page)
        ledger.compared(page)
    route = RouteDiffs("reviews", 10, ShadowCounts(), ledger.summary())
    line = list(diffs_lines(Diffs({"GET /reviews": route})))[1]
    assert line.startswith(
        f"  unproven: of 2 pairs the whole body is noise, and v2's was compared with nothing; {mend}"
    )
    assert line.endswith("strangler plan reviews --done compare --because HOW")


def test_nothing_shadowed_says_how_to_begin() -> None:
    """In one line."""
    assert list(diffs_lines(Diffs())) == ["nothing is shadowed; run: strangler gateway shadow SERVICE --sample 10%"]
