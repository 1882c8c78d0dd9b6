"""A baseline shrinks, and grows only with a service that is declared anew."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strangler.model.errors import InputError
from strangler_analyzers.ratchet.baseline import Baseline, Exemption, accepted, judge, judge_change, shrunk
from strangler_analyzers.ratchet.baseline_file import load_baseline, parse_baseline, save_baseline
from strangler_analyzers.ratchet.findings import Finding, Rule

_NAMES = ("monolith", "orders", "reviews", "stock")


def _finding(subject: int, source: str, target: str) -> Finding:
    return Finding(Rule.FOREIGN_WRITE, source, (target,), f"{source}.{subject} -> {target}", "", None, "")


_FINDINGS = st.lists(
    st.builds(_finding, st.integers(0, 5), st.sampled_from(_NAMES), st.sampled_from(_NAMES)),
    unique_by=lambda item: item.key,
).map(tuple)
_DAY = date(2027, 1, 1)


@given(_FINDINGS, _FINDINGS)
def test_what_is_new_between_known_services_is_never_accepted(
    before: tuple[Finding, ...], after: tuple[Finding, ...]
) -> None:
    """The first acceptance takes everything, later ones only drop."""
    first = accepted(Baseline(), before, ("orders", "reviews", "stock"), "as it is", None)
    assert not judge(before, first, _DAY).new
    second = accepted(first, after, ("orders", "reviews", "stock"), "again", None)
    assert set(second.by_key) == set(first.by_key) & {item.key for item in after}
    assert second == shrunk(first, after)


@given(_FINDINGS)
def test_a_new_service_brings_what_there_is_of_it(found: tuple[Finding, ...]) -> None:
    """And nothing between the others."""
    first = accepted(Baseline(), (), ("orders", "reviews"), "as it is", None)
    second = accepted(first, found, ("orders", "reviews", "stock"), "stock comes out", None)
    assert set(second.by_key) == {item.key for item in found if "stock" in item.services}


@given(_FINDINGS, _FINDINGS, st.data())
def test_a_change_answers_for_what_it_brings_and_ends(
    before: tuple[Finding, ...], after: tuple[Finding, ...], data: st.DataObject
) -> None:
    """Whatever it writes into the baseline."""
    old = accepted(Baseline(), before, _NAMES[1:], "as it is", None)
    more = data.draw(st.lists(st.sampled_from(after), unique_by=lambda item: item.key)) if after else []
    added = tuple(Exemption(*item.key, "hurry") for item in more if item.key not in old.by_key)
    now = Baseline(old.services, (*old.exemptions, *added))
    found = judge_change(after, before, now, old)
    keys_before, keys_after = {item.key for item in before}, {item.key for item in after}
    assert {item.key for item in found.new} == keys_after - keys_before
    assert {item.key for item in found.stale} == keys_before - keys_after
    assert {item.key for item in found.grown} == {item.key for item in added} - keys_before


def test_a_day_holds_until_it_is_over() -> None:
    """The exemption ends with the day it names."""
    finding = _finding(1, "orders", "reviews")
    baseline = Baseline(("reviews",), (Exemption(*finding.key, "for a while", _DAY),))
    assert judge((finding,), baseline, _DAY).passes
    assert not judge((finding,), baseline, date(2027, 1, 2)).passes


def test_a_file_comes_back_as_it_was_written(tmp_path: Path) -> None:
    """With reasons and days; none is an empty baseline."""
    path = tmp_path / "strangler-baseline.json"
    assert load_baseline(path) == Baseline()
    baseline = Baseline(
        ("reviews",),
        (Exemption("foreign-read", "a -> b", "why", _DAY), Exemption("foreign-write", "a -> b", "because")),
    )
    save_baseline(path, baseline)
    assert load_baseline(path) == baseline


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is no baseline"),
        ('{"schema": "x", "version": 1, "services": [], "exemptions": []}', "holds x 1, not strangler.baseline 1"),
        (
            (
                '{"schema": "strangler.baseline", "version": 1, "services": [], "exemptions":'
                ' [{"rule": "cycle", "subject": "a <-> b", "reason": " "}]}'
            ),
            "cycle a <-> b has no reason; say why it is let be",
        ),
    ],
)
def test_what_is_wrong_with_a_file_is_told(text: str, message: str) -> None:
    """With its name."""
    with pytest.raises(InputError) as caught:
        parse_baseline(text.encode(), "here")
    assert str(caught.value).startswith(f"here: {message}")
