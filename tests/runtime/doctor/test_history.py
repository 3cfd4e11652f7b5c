"""What the doctor remembers: means over blocks however long the run, and nothing of what a resumption took back."""

from __future__ import annotations

import pytest

from runtime.doctor.history import MOST_BLOCKS, MOST_WATCHES, Blocks, History
from runtime.runs import Failed, LayerStatistics, Progress, Samples, Started, Validated


def begun(at: int = 0) -> Started:
    return Started(0.0, 1, 10, Samples(100, 10, 10), 10, "cpu", 1, at)


def progress(first: int, *losses: float, rate: float = 0.1) -> Progress:
    return Progress(first, 0.0, list(losses), [], rate, 1.0, 0.0)


def test_means_are_those_of_all_steps() -> None:
    blocks = Blocks()
    for start in range(0, 10_000, 7):
        blocks.extend([float(step) for step in range(start, min(start + 7, 10_000))])
    assert blocks.steps == 10_000
    assert blocks.length == 32
    assert len(blocks.means(10_000)) <= MOST_BLOCKS
    assert blocks.means(1) == [pytest.approx(4999.5)]
    first, second = blocks.means(2)
    assert first < 2500 < 7000 < second


def test_a_series_lies_in_the_middle_of_its_parts() -> None:
    blocks = Blocks()
    blocks.extend([4.0, 2.0, 3.0, 1.0])
    series = blocks.series("loss", 2)
    assert (series.steps, series.values) == ([1.0, 3.0], [3.0, 2.0])


def test_a_resumption_takes_back_what_came_after() -> None:
    history = History(
        [
            begun(),
            progress(0, 3.0, 2.0, 1.0),
            LayerStatistics(0, 1, {}),
            LayerStatistics(2, 2, {}),
            Validated(2, 0.2, "validation", 2.0),
            Validated(3, 0.3, "validation", 1.0),
            Failed("The loss is not a number."),
            begun(2),
            progress(2, 9.0),
        ]
    )
    assert history.step == 3
    assert history.loss.means(3) == [3.0, 2.0, 9.0]
    assert [one.step for one in history.watches] == [0]
    assert [one.step for one in history.validations] == [2]
    assert history.failed is None


def test_watches_are_thinned_and_the_first_and_latest_stay() -> None:
    history = History(LayerStatistics(step, 1, {}) for step in range(5_000))
    assert len(history.watches) <= MOST_WATCHES
    assert (history.watches[0].step, history.watches[-1].step) == (0, 4_999)


def test_rates_are_kept_where_they_change() -> None:
    history = History([begun(), progress(0, 1.0), progress(1, 1.0), progress(2, 1.0, rate=0.01)])
    assert history.rates == [(0, 0.1), (2, 0.01)]
