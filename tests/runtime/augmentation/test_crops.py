"""Test-time crops against torchvision's ten_crop."""

from __future__ import annotations

import pytest
import torch
from torchvision.transforms import functional as tv

from runtime.augmentation.crops import views_of
from runtime.recipe_parts.validation import ValidationSettings


def test_ten_crops_are_those_of_torchvision() -> None:
    """8/7 of 28 pixels are 32. A mirrored picture's left corner is the right one, mirrored."""
    x = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    views = views_of(ValidationSettings(test_crops="ten crops"))
    theirs = [tv.resize(crop, [32, 32], antialias=False) for crop in tv.ten_crop(x, 28)]
    expected = [*theirs[:5], *(theirs[5 + number] for number in (1, 0, 3, 2, 4))]
    for view, crop in zip(views, expected, strict=True):
        assert view.weight == 0.1
        assert torch.allclose(view.of(x), crop, atol=1e-6)


def test_five_scales_are_fifty_crops_and_a_whole_picture_counts_as_ten() -> None:
    views = views_of(ValidationSettings(test_crops="ten crops", test_scales=(1.0, 1.14, 1.3, 1.7, 2.1)))
    assert len(views) == 2 + 4 * 10
    assert sum(view.weight for view in views) == pytest.approx(1)
    assert [view.weight for view in views[:2]] == pytest.approx([0.1, 0.1])


def test_a_mirror_image_is_a_view() -> None:
    x = torch.arange(12, dtype=torch.uint8).view(1, 1, 3, 4)
    plain, mirrored = views_of(ValidationSettings(test_crops="flip"))
    assert plain.of(x).equal(x.float())
    assert mirrored.of(x).equal(x.flip(3).float())
