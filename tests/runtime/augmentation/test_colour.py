"""Colours, noise and what is filled, against torchvision, kornia and the papers' formulas."""

from __future__ import annotations

from collections.abc import Callable

import kornia.enhance
import numpy as np
import pytest
import torch
from torch import Tensor
from torchvision.transforms import functional as tv

from runtime.augmentation import colour
from runtime.augmentation.erasing import cut_out, erased
from tests.runtime.augmentation.fixed import Fixed


def pictures(channels: int = 3) -> Tensor:
    return torch.rand(6, channels, 5, 7, generator=torch.Generator().manual_seed(0))


FACTORS = torch.tensor([0.0, 0.5, 0.9, 1.0, 1.3, 2.0])


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", ["brightness", "contrast", "saturation"])
def test_each_picture_is_changed_as_torchvision_would_by_its_own_factor(name: str, channels: int) -> None:
    theirs: Callable[[Tensor, float], Tensor] = getattr(tv, f"adjust_{name}")
    expected = torch.stack([theirs(x, float(f)) for x, f in zip(pictures(channels), FACTORS, strict=True)])
    found = getattr(colour, name)(pictures(channels) * 255, FACTORS, 255.0) / 255
    assert torch.allclose(found, expected, atol=1e-6)


def test_hues_are_turned_as_torchvision_and_kornia_turn_them() -> None:
    turns = torch.tensor([-0.5, -0.2, 0.0, 0.1, 0.33, 0.5])
    found = colour.hue(pictures() * 255, turns) / 255
    expected = torch.stack([tv.adjust_hue(x, float(t)) for x, t in zip(pictures(), turns, strict=True)])
    assert torch.allclose(found, expected, atol=1e-5)
    assert torch.allclose(found, kornia.enhance.adjust_hue(pictures(), turns * 2 * torch.pi), atol=1e-4)


def test_grey_has_no_hue_to_turn() -> None:
    greys = pictures(1).expand(-1, 3, -1, -1).clone()
    assert colour.hue(greys.clone(), torch.full((6,), 0.3)).equal(greys)


def test_a_third_of_a_turn_makes_red_green() -> None:
    red = torch.tensor([200.0, 0, 0]).view(1, 3, 1, 1)
    assert torch.allclose(colour.hue(red, torch.tensor([1 / 3])).flatten(), torch.tensor([0.0, 200, 0]), atol=1e-3)


def test_colour_noise_goes_along_the_main_axes_times_their_variances() -> None:
    colours = torch.randn(500, 3, generator=torch.Generator().manual_seed(2)) * torch.tensor([0.3, 0.1, 0.02])
    variances, axes = colour.main_axes(colours)
    assert np.allclose(variances.numpy(), np.linalg.eigvalsh(np.cov(colours.double().numpy().T)), atol=1e-6)
    amounts = torch.tensor([[0.0, 0.0, 2.0]])  # along the largest
    found = colour.along_axes(torch.zeros(1, 3, 1, 2), amounts, variances, axes, 255.0)
    assert torch.allclose(found[0, :, 0, 1], 2 * variances[2] * axes[:, 2] * 255, atol=1e-4)


def test_an_erased_rectangle_has_its_area_and_ratio_and_lies_in_the_picture() -> None:
    """A tenth of 20 × 20 is 40 pixels: at a ratio of 1 that is 6 × 6. The second picture is spared."""
    draws = Fixed(2, erasing=[0.1, 0.9], erasing_area=1.0, erasing_x=0.0, erasing_y=0.999)
    fill = torch.tensor([1.0, 2, 3])
    found = erased(torch.zeros(2, 3, 20, 20), draws, 0.5, 0.1, fill)
    assert found[0, :, 14:, :6].flatten(1).T.unique(dim=0).tolist() == [[1, 2, 3]]
    assert found[0].count_nonzero() == 3 * 36
    assert not found[1].any()


def test_a_square_is_cut_out_around_its_middle_and_at_the_border_less_of_it() -> None:
    draws = Fixed(2, cutout_x=[0.5, 0.0], cutout_y=[0.5, 0.0])
    found = cut_out(torch.zeros(2, 1, 10, 10), draws, 4, torch.ones(1))
    assert found.flatten(1).sum(1).tolist() == [16, 4]
    assert found[0, 0, 3:7, 3:7].all()
