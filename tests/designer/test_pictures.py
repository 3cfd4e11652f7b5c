"""The functions that pictures draw are those that PyTorch computes."""

from __future__ import annotations

import pytest
import torch

from designer.pictures.functions import FUNCTIONS, function_of, slope_of
from nodes.catalogue import catalogue
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
