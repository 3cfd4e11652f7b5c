"""However many values there are, no extreme is lost, and nothing is seen that is not there."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.charts.pyramid import FACTOR, Pyramid


def grown(values: np.ndarray, cuts: list[int]) -> Pyramid:
    """The same values, arriving in parts."""
    pyramid = Pyramid()
    for part in np.split(values, sorted(cuts)):
        pyramid.extend(part)
    return pyramid


@st.composite
def drawn(draw: st.DrawFn) -> tuple[np.ndarray, list[int]]:
    """Values with gaps, and where they are parted."""
    count = draw(st.integers(1, 3_000))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    values = random.normal(size=count)
    values[random.random(count) < 0.05] = np.nan
    return values, draw(st.lists(st.integers(0, count), max_size=4))


@given(drawn(), st.integers(0, 3_000), st.integers(0, 3_000))
def test_least_and_greatest_of_a_range_are_exact(made, one, other):
    values, cuts = made
    first, end = sorted((one, other))
    inside = values[first:end]
    inside = inside[~np.isnan(inside)]
    expected = (inside.min(), inside.max()) if len(inside) else None
    assert grown(values, cuts).reach(first, end) == expected


@given(drawn(), st.integers(1, 200))
def test_columns_lose_no_extreme_and_move_none_by_more_than_a_column(made, count):
    values, cuts = made
    pyramid = grown(values, cuts)
    edges = np.linspace(0, len(values), count + 1).astype(np.int64)
    columns = pyramid.columns(edges)
    if np.isnan(values).all():
        assert not len(columns.numbers)
        return
    assert columns.low.min() == np.nanmin(values)
    assert columns.high.max() == np.nanmax(values)
    for number, low, high in zip(*columns, strict=True):
        near = values[edges[max(0, number - 1)] : edges[min(count, number + 2)]]
        assert np.nanmin(near) <= low <= high <= np.nanmax(near)


@given(drawn(), st.integers(0, 3_000))
def test_what_is_cut_and_comes_again_is_as_if_it_had_always_been_there(made, length):
    values, cuts = made
    length = min(length, len(values))
    pyramid = grown(values, cuts)
    pyramid.cut(length)
    pyramid.extend(values[length:])
    np.testing.assert_array_equal(pyramid.values, values)
    edges = np.linspace(0, len(values), 51).astype(np.int64)
    for one, other in zip(pyramid.columns(edges), grown(values, []).columns(edges), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_single_spike_in_a_million_values_is_seen():
    values = np.zeros(1_000_003)
    values[765_432], values[1_000_001] = 9.0, -4.0
    pyramid = Pyramid()
    pyramid.extend(values)
    columns = pyramid.columns(np.linspace(0, len(values), 1_001).astype(np.int64))
    assert columns.numbers[np.argmax(columns.high)] == 765
    assert columns.numbers[np.argmin(columns.low)] == 999
    assert (columns.high.max(), columns.low.min()) == (9.0, -4.0)


def test_what_is_not_finite_is_a_gap():
    pyramid = Pyramid()
    pyramid.extend(np.array([1.0, np.inf, -np.inf, np.nan, 2.0]))
    assert pyramid.reach(0, 5) == (1.0, 2.0)
    assert pyramid.reach(1, 4) is None


def test_the_pyramid_takes_little_more_room_than_its_values():
    pyramid = Pyramid()
    pyramid.extend(np.zeros(FACTOR**5))
    kept = sum(len(low) + len(high) for low, high in pyramid._levels)
    assert kept / len(pyramid) == pytest.approx(2 / (FACTOR - 1), rel=0.01)
