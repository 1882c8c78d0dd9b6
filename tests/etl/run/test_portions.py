"""What tables give to a wave: lanes have enough to do, no snapshot grows old, and nobody takes more than is allowed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from strangler_etl.run.pace import Pace
from strangler_etl.run.portions import Waiting, portions
from strangler_etl.run.rate import Rate, RateUnit

TABLES = st.lists(
    st.builds(
        Waiting,
        st.uuids().map(str),
        st.builds(Pace, st.integers(100, 500_000), chunks=st.integers(1, 3)),
        st.integers(0, 10_000_000),
        st.floats(0, 10_000),
        st.none() | st.floats(100, 1_000_000),
    ),
    min_size=1,
    max_size=60,
)


def test_small_tables_fill_what_a_large_one_leaves() -> None:
    """The first chunks of the large one are not all there is to do; it comes first, as its chunks are the largest."""
    small = [Waiting(f"small {number}", Pace(), 5_000, 100.0) for number in range(10)]
    chosen = portions([*small, Waiting("large", Pace(200_000, chunks=3), 9_000_000, 100.0, 200_000.0)], 2, None)
    assert [one.name for one in chosen] == ["large", *(one.name for one in small)]
    assert [(one.pace.rows, one.most) for one in chosen[:2]] == [(200_000, 5), (5_251, 2)]


def test_a_large_table_has_waves_of_its_own() -> None:
    """It keeps all lanes busy for as long as a snapshot may be open."""
    large, small = Waiting("large", Pace(200_000, chunks=3), 9_000_000, 100.0, 200_000.0), Waiting("b", Pace(), 9, 9.0)
    assert [(one.name, one.most) for one in portions([large, small], 2, None)] == [("large", 6)]


def test_what_is_left_keeps_all_lanes_busy() -> None:
    """A fast table's last rows, one and a half times less than a chunk of it, were copied by one lane alone."""
    last = Waiting("last", Pace(500_000, chunks=3), 340_000, 100.0, 2_000_000.0)
    assert [(one.pace.rows, one.most) for one in portions([last], 2, None)] == [(178_500, 6)]


@given(tables=TABLES, lanes=st.integers(1, 8), amount=st.none() | st.floats(1, 1e7), unit=st.sampled_from(RateUnit))
def test_no_wave_is_too_large(tables: list[Waiting], lanes: int, amount: float | None, unit: RateUnit) -> None:
    """Something is always taken; of further tables only what is left of the time, and of what is allowed."""
    rate = None if amount is None else Rate(amount, unit)
    chosen = portions(tables, lanes, rate)
    names = [one.name for one in tables[: len(chosen)]]
    assert {one.name for one in chosen} == {*names}
    assert chosen
    for one in chosen:
        assert 1 <= one.most <= lanes * 3
        assert one.pace.rows >= 1
    if rate is not None:
        each = {table.name: max(table.row_bytes if unit is RateUnit.BYTES else 1.0, 1.0) for table in tables}
        size = {one.name: one.pace.rows * one.most * each[one.name] for one in chosen}
        for name in names[1:]:
            assert size[name] <= max(rate.amount, lanes * each[name]) * 1.001
