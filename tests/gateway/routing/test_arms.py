"""Parts of the clients with names and weights."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from strangler.model.authority import Side
from strangler_gateway.routing.arms import ArmWeight, PlannedArm, chosen_arm, weighted

NAMES = ("old", "new", "bold")
weights = st.dictionaries(st.sampled_from(NAMES), st.floats(0, 1000), min_size=1)
keys = st.binary(max_size=40)


def arms(by_name: dict[str, float]) -> tuple[PlannedArm, ...]:
    """Return arms with these weights."""
    return tuple(PlannedArm(name, Side.V1, by_name[name]) for name in sorted(by_name))


def name_of(key: bytes, planned: tuple[PlannedArm, ...]) -> str | None:
    """Return the name of the arm of a client."""
    arm = chosen_arm("reviews", key, planned)
    return arm and arm.name


@given(keys, weights)
def test_every_client_has_an_arm(key: bytes, by_name: dict[str, float]) -> None:
    """Whatever the weights are, it is one with a weight; without any weight nobody is in an arm."""
    arm = name_of(key, arms(by_name))
    assert by_name[arm] > 0 if arm is not None else not any(by_name.values())


@given(keys, weights, st.sampled_from(NAMES), st.floats(0, 1000))
def test_a_weight_that_is_raised_moves_clients_into_its_arm_only(
    key: bytes, by_name: dict[str, float], raised: str, more: float
) -> None:
    """Nobody leaves it, and nobody changes between the others."""
    before = arms({**by_name, raised: by_name.get(raised, 0)})
    raising = {raised: by_name.get(raised, 0) + more}
    after = weighted(before, [ArmWeight(arm.name, arm.side, raising.get(arm.name, arm.weight)) for arm in before])
    assert name_of(key, after) in {name_of(key, before), raised}


@given(keys, weights)
@example(b"\x00", {"old": 5e-324, "new": 5e-324})
def test_gateways_agree_without_talking(key: bytes, by_name: dict[str, float]) -> None:
    """Also where a file lists the arms in another order."""
    planned = arms(by_name)
    assert name_of(key, planned) == name_of(key, tuple(reversed(planned)))


def test_every_arm_gets_its_share() -> None:
    """Of twenty thousand clients, within four standard deviations."""
    shares = {"old": 0.5, "new": 0.3, "bold": 0.2}
    planned = arms(shares)
    chosen = [name_of(b"user-%d" % number, planned) for number in range(20_000)]
    for name, share in shares.items():
        assert chosen.count(name) == pytest.approx(20_000 * share, abs=4 * (20_000 * share * (1 - share)) ** 0.5)
