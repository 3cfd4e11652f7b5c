"""Attention within windows, against torchvision's layers and networks."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torchvision.models.swin_transformer import ShiftedWindowAttention as TheirAttention
from torchvision.models.swin_transformer import ShiftedWindowAttentionV2

from nodes.spec.shapes import Shape, ShapeError
from nodes.window_attention import ShiftedWindowAttention
from runtime.compile import build_node


@pytest.mark.parametrize("cosine", [False, True])
@pytest.mark.parametrize(
    ("sides", "window", "shift"),
    [
        ((14, 14), (7, 7), (0, 0)),
        ((14, 14), (7, 7), (3, 3)),
        ((9, 13), (7, 7), (3, 3)),  # filled up
        ((7, 14), (7, 7), (3, 3)),  # one window along the height: shifted along the width alone
        ((5, 6), (7, 7), (3, 3)),
        ((12, 12), (4, 3), (2, 0)),
        ((12, 12), (4, 3), (2, 1)),
        ((8, 8), (4, 4), (0, 1)),
    ],
)
def test_it_is_torchvisions(
    sides: tuple[int, int], window: tuple[int, int], shift: tuple[int, int], cosine: bool
) -> None:
    torch.manual_seed(0)
    kind = ShiftedWindowAttentionV2 if cosine else TheirAttention
    theirs = kind(24, list(window), list(shift), 3)
    for weight in theirs.parameters():
        nn.init.normal_(weight, std=0.2)
    settings = ShiftedWindowAttention(3, window, shift, cosine)
    x = torch.randn(2, *sides, 24)
    expected = theirs(x)
    for shape, given in ((Shape(*sides, 24, axes="HWC"), x), (Shape(24, *sides), x.permute(0, 3, 1, 2))):
        ours = build_node(settings, shape)
        known = {f"layer.{name}": weight for name, weight in theirs.named_parameters()}
        assert {name for name, _ in ours.named_parameters()} == set(known)
        ours.load_state_dict(known, strict=False)
        got = ours(given)
        torch.testing.assert_close(got if shape.axes == "HWC" else got.permute(0, 2, 3, 1), expected)


@pytest.mark.parametrize("grid", [False, True])
def test_windows_are_neighbours_or_a_grid(grid: bool) -> None:
    """Where all scores are alike, each place gets the mean of what it sees."""
    layer = build_node(ShiftedWindowAttention(1, (2, 3), grid=grid), Shape(1, 4, 6)).layer
    with torch.no_grad():
        for weight in layer.parameters():
            weight.zero_()
        layer.qkv.weight[2] = layer.proj.weight[0] = 1.0
    x = torch.arange(24.0).view(1, 1, 4, 6)
    seen = x[0, 0, 0::2, 0::2] if grid else x[0, 0, :2, :3]
    torch.testing.assert_close(layer(x)[0, 0, 0, 0], seen.mean())


def test_gradients_reach_every_weight() -> None:
    for cosine in (False, True):
        layer = build_node(ShiftedWindowAttention(2, (2, 2), (1, 1), cosine), Shape(4, 6, 6))
        layer(torch.randn(2, 4, 6, 6)).square().sum().backward()
        assert all(weight.grad is not None and weight.grad.abs().sum() > 0 for weight in layer.parameters())


def test_a_shift_as_large_as_the_window_is_mended_to_half_of_it() -> None:
    with pytest.raises(ShapeError, match="as large as the window") as caught:
        ShiftedWindowAttention(window_size=(4, 6), shift_size=(1, 6)).shape(Shape(3, 8, 8))
    assert "2 × 3" in caught.value.remedy


def test_a_grid_has_no_shift() -> None:
    with pytest.raises(ShapeError, match="cannot be shifted") as caught:
        ShiftedWindowAttention(window_size=(4, 4), shift_size=(2, 2), grid=True).shape(Shape(3, 8, 8))
    assert caught.value.remedy == "Set shift_size to 0 × 0, or turn grid off."


def test_a_layer_of_swin_t_has_its_weights_and_costs() -> None:
    settings, x = ShiftedWindowAttention(3), Shape(56, 56, 96, axes="HWC")
    assert sum(weight.known_numel for weight in settings.weights(x).values()) == 37_755  # features.1.0.attn
    assert settings.multiply_adds(x) == 4 * 56 * 56 * 96**2 + 2 * 49 * 56 * 56 * 96  # equation 2 of the paper


def test_a_place_sees_at_most_as_far_as_its_window_reaches() -> None:
    settings, shape = ShiftedWindowAttention(1, (3, 5), (1, 2)), Shape(1, 9, 15)
    layer = build_node(settings, shape)
    x = torch.randn(1, 1, 9, 15, requires_grad=True)
    kernel = settings.window(shape).kernel
    for row, column in ((0, 0), (4, 7), (5, 6), (8, 14)):
        (gradient,) = torch.autograd.grad(layer(x)[0, 0, row, column], x)
        rows, columns = (gradient[0, 0].abs() > 1e-20).nonzero().T  # what is masked weighs e⁻¹⁰⁰
        wide = (rows - row).abs().max(), (columns - column).abs().max()
        assert tuple(2 * int(far) + 1 for far in wide) <= kernel


def test_it_is_told_in_a_line() -> None:
    assert ShiftedWindowAttention(3, (7, 7), (3, 3)).summary() == "7×7 · 3 heads · shift 3"
    assert ShiftedWindowAttention(2, (7, 7), grid=True).summary() == "7×7 · 2 heads · grid"
