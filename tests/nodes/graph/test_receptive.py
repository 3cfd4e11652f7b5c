"""The receptive field, sum by sum."""

from nodes.activation import ReLU
from nodes.boundary import Input
from nodes.conv import Conv2d
from nodes.graph.infer import infer
from nodes.graph.receptive import field_sums
from nodes.linear import Linear
from nodes.pooling import MaxPool2d
from nodes.reshape import Flatten
from tests.nodes.drawing import chain


def sums(name, **nodes):
    found = field_sums(infer(chain(image=Input(size=(3, 32, 32)), **nodes)), name)
    return found.lines if found else None


def test_two_3x3_convolutions_see_5x5():
    pair = {"a": Conv2d(8), "b": Conv2d(8)}
    assert sums("a", **pair) == ("1 + (3 − 1)·1 = 3",)
    assert sums("b", **pair) == ("3 + (3 − 1)·1 = 5",)


def test_behind_a_pooling_every_tap_counts_twice():
    row = {"a": Conv2d(8, padding=(1, 1)), "pool": MaxPool2d(), "b": Conv2d(8, padding=(1, 1))}
    assert sums("pool", **row) == ("3 + (2 − 1)·1 = 4", "step 1·2 = 2")
    assert sums("b", **row) == ("4 + (3 − 1)·2 = 8", "start −1 − 1·2 = −3")


def test_filters_that_are_not_square_have_sums_of_their_own():
    assert sums("a", a=Conv2d(8, (1, 7))) == ("high: 1 + (1 − 1)·1 = 1", "wide: 1 + (7 − 1)·1 = 7")


def test_a_fully_connected_layer_sees_everything():
    assert sums("fc", flatten=Flatten(), fc=Linear(10)) == ("every output sees the whole input",)


def test_what_has_no_window_adds_nothing():
    assert sums("r", r=ReLU()) is None
    assert sums("image") is None
