"""Counts that are known without reading: they are those of the data when they are read."""

from __future__ import annotations

import pytest

from runtime.data.choice import DataChoice
from runtime.data.counts import training_count
from runtime.data.open import open_data


@pytest.mark.parametrize(
    "choice",
    [
        DataChoice(),
        DataChoice(validation=0.15, test=0.05),
        DataChoice(validation=0.0, test=0.0),
        DataChoice(folds=5, fold=1),
        DataChoice(folds=7, fold=7),
    ],
)
def test_as_many_digits_are_trained_on_as_was_said(choice):
    assert training_count(choice) == len(open_data(choice).train)


def test_of_other_data_nothing_is_said():
    assert training_count(DataChoice(source="toy:moons")) is None
