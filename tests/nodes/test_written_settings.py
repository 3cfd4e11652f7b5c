"""Sizes and lists of numbers are read as people write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from nodes.graph.model import Network
from nodes.spec.settings import Dims, Numbers, SettingError, Sizes
from runtime.data.choice import DataChoice
from runtime.recipe import Recipe, override


@pytest.mark.parametrize("text", ["24 × 30", "24x30", "24 x 30", "24X30", "24,30", "24, 30", "24 30", "[24, 30]"])
def test_two_sizes(text: str) -> None:
    assert Sizes(low=1).checked("picture_size", text) == (24, 30)
    changed = override(Network(), f"data.picture_size={text}", Path.cwd())
    assert DataChoice.read(changed.data).picture_size == (24, 30)


@pytest.mark.parametrize("text", ["24", 24])
def test_one_size_stands_for_all_axes(text: str | int) -> None:
    assert Sizes(low=1).checked("picture_size", text) == (24, 24)


@pytest.mark.parametrize("text", ["24 × 24 × 3", "24.5 × 24", "large", "", "0 × 24", "24 × -1"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(SettingError, match=r"picture_size takes 2 whole numbers \(H × W\) from 1 to 1024"):
        Sizes(low=1).checked("picture_size", text)


@pytest.mark.parametrize("text", ["1,2.5,7", "1, 2.5, 7", "1 2.5 7", "1; 2.5; 7", "[1, 2.5, 7]", "(1,2.5,7)"])
def test_a_list_of_numbers(text: str) -> None:
    changed = override(Network(), f"recipe.milestones={text}")
    assert Recipe.read(changed.recipe).milestones == (1, 2.5, 7)


def test_a_single_number_is_a_list_of_one() -> None:
    assert Recipe.read(override(Network(), "recipe.test_scales=1.5").recipe).test_scales == (1.5,)
    assert Numbers().checked("class_weight", "1e-3") == (0.001,)


@pytest.mark.parametrize("text", ["1,two", "now", True])
def test_what_is_no_list_is_refused(text: object) -> None:
    with pytest.raises(SettingError, match=r"milestones takes a list of numbers, such as 1, 2\.5, 1"):
        Numbers().checked("milestones", text)


@pytest.mark.parametrize(
    ("text", "wanted"), [("3x32x32", (3, 32, 32)), ("3 × H × W", (3, "H", "W")), ("L, 4", ("L", 4))]
)
def test_sizes_of_a_value(text: str, wanted: tuple[int | str, ...]) -> None:
    assert Dims().checked("size", text) == wanted
