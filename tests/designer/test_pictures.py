"""The functions that pictures draw are those that PyTorch computes."""

from __future__ import annotations

from itertools import groupby

import pytest
import torch
import torchvision
from torch.nn import functional

from designer.pictures.combining import alpha_dropped
from designer.pictures.functions import FUNCTIONS, function_of, slope_of
from designer.pictures.panels import Panel
from designer.pictures.picture import LOSSES, image_of
from designer.pictures.rearranging import PANELS
from nodes.catalogue import catalogue, find_type
from runtime.compile import build_node

PLACES = (-4.0, -1.5, -0.25, 0.4, 2.0, 6.5)
DRAWN = [declared for declared in catalogue() if declared.type_id in FUNCTIONS]


def test_every_function_belongs_to_a_layer():
    assert {declared.type_id for declared in DRAWN} == FUNCTIONS.keys()


@pytest.mark.parametrize("declared", DRAWN, ids=lambda declared: declared.type_id)
def test_a_drawn_activation_is_the_one_of_pytorch(declared):
    settings = declared()
    layer = build_node(settings, *declared.example)
    x = torch.tensor(PLACES)
    shaped = x.repeat(1, 6, 28, 1)  # N × C × H × W
    expected = layer(shaped)[0, 0, 0].detach()
    drawn = [function_of(settings)(place) for place in PLACES]
    torch.testing.assert_close(torch.tensor(drawn), expected, atol=1e-5, rtol=1e-5)


def test_the_slope_of_a_sigmoid_at_zero_is_a_quarter():
    sigmoid = next(declared for declared in DRAWN if declared.type_id == "sigmoid")
    assert slope_of(function_of(sigmoid()))(0.0) == pytest.approx(0.25)


def texts(panel):
    return [[cell.text for cell in row if cell is not None] for row in panel.rows]


def values(panel):
    return torch.tensor([[float(text.replace("−", "-")) for text in row] for row in texts(panel)])


def panels_of(type_id):
    return [part for part in PANELS[type_id]() if isinstance(part, Panel)]


def test_every_panel_belongs_to_a_layer_and_can_be_drawn(qapp):
    for type_id in PANELS:
        image = image_of(find_type(type_id)())
        assert not image.isNull()


def test_the_drawn_matrix_product_is_the_product():
    first, second, product = (torch.tensor([[int(t) for t in row] for row in texts(p)]) for p in panels_of("matmul"))
    assert torch.equal(first @ second, product)


@pytest.mark.parametrize(
    ("type_id", "does"),
    [
        ("reshape", lambda x: x.reshape(2, 6)),
        ("permute", lambda x: x.permute(1, 0)),
        ("mean", lambda x: x.float().mean(1, keepdim=True)),
        ("max", lambda x: x.amax(1, keepdim=True)),
        ("upsample", lambda x: functional.interpolate(x[None, None].float(), scale_factor=2)[0, 0]),
        ("pad", lambda x: functional.pad(x, (1, 1, 1, 1))),
    ],
)
def test_a_drawn_rearrangement_is_that_of_pytorch(type_id, does):
    before, after = (torch.tensor([[float(t) for t in row] for row in texts(p)]) for p in panels_of(type_id))
    assert torch.equal(does(before), after)


def test_the_drawn_shuffles_are_those_of_pytorch():
    maps, large = panels_of("pixel_shuffle")
    names = [f"{k}{place}" for k in "abcd" for place in (1, 2, 3, 4)]
    shuffled = functional.pixel_shuffle(torch.arange(16.0).reshape(1, 4, 2, 2), 2)[0, 0]
    assert texts(large) == [[names[int(number)] for number in row] for row in shuffled]
    assert texts(maps) == [
        ["a1", "a2", "b1", "b2", "c1", "c2", "d1", "d2"],
        ["a3", "a4", "b3", "b4", "c3", "c4", "d3", "d4"],
    ]
    before, after = panels_of("channel_shuffle")
    order = functional.channel_shuffle(torch.arange(6.0).reshape(1, 6, 1, 1), 2).flatten()
    assert texts(after)[0] == [texts(before)[0][int(place)] for place in order]


def test_drawn_losses_are_those_of_pytorch():
    scores, right = torch.tensor([[0.3, 0.9]]), torch.tensor([0.3])
    assert curve_of("bce_loss")(0.3) == pytest.approx(functional.binary_cross_entropy(right, torch.ones(1)).item())
    focal = curve_of("sigmoid_focal_loss")(torch.sigmoid(scores[0, 0]).item())
    expected = torchvision.ops.sigmoid_focal_loss(scores[:, :1], torch.ones(1, 1), alpha=0.25, reduction="mean")
    assert focal * 0.25 == pytest.approx(expected.item(), rel=1e-5)
    anchor, near, far = torch.zeros(1, 1), torch.full((1, 1), 0.5), torch.full((1, 1), 1.2)
    triplet = functional.triplet_margin_loss(anchor, near, far)
    assert curve_of("triplet_margin_loss")(0.5 - 1.2) == pytest.approx(triplet.item(), abs=1e-4)


WORDS_DO = {"input", "output", "block", "python_code", "opaque_onnx"}  # what they do depends on what is drawn


def test_every_layer_has_a_picture(qapp):
    """But for what is only a frame for something else."""
    assert {declared.type_id for declared in catalogue() if image_of(declared()) is None} == WORDS_DO


def test_a_drawn_divergence_is_that_of_pytorch():
    for q in (0.1, 0.3, 0.8):
        expected = functional.kl_div(torch.tensor([q, 1 - q]).log(), torch.tensor([0.3, 0.7]), reduction="sum")
        assert curve_of("kl_div_loss")(q) == pytest.approx(expected.item(), abs=1e-6)


def test_the_drawn_bilinear_layer_is_that_of_pytorch():
    first, weights, second, result = map(values, panels_of("bilinear"))
    assert torch.equal(functional.bilinear(first, second.T, weights[None]), result)


def test_each_drawn_way_is_the_label_once_repeats_and_blanks_are_gone():
    ways, label = panels_of("ctc_loss")
    for way in texts(ways):
        assert [letter for letter, _ in groupby(way) if letter != "–"] == texts(label)[0]


def test_the_drawn_join_is_the_mean_of_the_branches_that_are_left():
    branches, left, every = map(values, panels_of("drop_path"))
    assert torch.equal(branches[[0, 2]].mean(0, keepdim=True), left)
    torch.testing.assert_close(branches.mean(0, keepdim=True), every)


def test_drawn_alpha_dropout_gives_what_pytorch_gives():
    torch.manual_seed(0)
    for x in (0.5, -1.2):
        given = functional.alpha_dropout(torch.full((64,), x), 0.5, training=True).unique()
        drawn = [alpha_dropped(x, 0.5, is_dropped=drops) for drops in (True, False)]
        torch.testing.assert_close(given, torch.tensor(sorted(drawn)), atol=1e-5, rtol=1e-5)


def curve_of(type_id):
    return LOSSES[type_id](find_type(type_id)()).function
