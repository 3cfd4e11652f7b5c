import pytest
from torch.utils.flop_counter import FlopCounterMode

from nodes.conv import Conv2d
from nodes.linear import Bilinear, Linear
from nodes.spec.fixes import insert
from nodes.spec.node_type import EVERYTHING, NodeType
from nodes.spec.shapes import Shape, ShapeError
from nodes.spec.sizes import as_size
from runtime.compile import build_node
from tests.nodes.mended import fixes_of, refusal
from tests.nodes.test_contract import values_for


def test_first_dense_layer_of_vgg16() -> None:
    fc = Linear(4096, bias=False)
    assert fc.weights(Shape(512 * 7 * 7))["weight"].numel == 102_760_448


def test_dense_layers_of_lenet() -> None:
    assert sum(w.known_numel for w in Linear(120).weights(Shape(400)).values()) == 48_120
    assert Linear(120).arithmetic(Shape(400))[0].lines == ("(400 + 1) · 120 = 48\u202f120",)


def test_a_sequence_is_treated_step_by_step() -> None:
    fc = Linear(65)
    assert fc.shape(Shape("L", 128)) == (as_size("L"), 65)
    assert fc.window(Shape("L", 128)) is None


def test_of_a_vector_every_output_sees_everything() -> None:
    assert Linear().window(Shape(400)) == EVERYTHING


def test_an_image_is_refused_with_the_remedy() -> None:
    with pytest.raises(ShapeError) as refused:
        Linear(120).shape(Shape(16, 5, 5))
    assert refused.value.fact == (
        "Linear expects a vector (C), got an image (16 × 5 × 5). "
        "It multiplies the last axis; here that would be 5 wide."
    )
    assert refused.value.remedy == "Insert a Flatten before it (400 numbers), or global average pooling (16 numbers)."


def test_the_number_of_inputs_has_to_be_known() -> None:
    with pytest.raises(ShapeError, match="Set H, W in the input to a number"):
        Linear(10).shape(Shape(as_size("H") * as_size("W")))


@pytest.mark.parametrize(
    ("settings", "x"),
    [
        (Linear(120), Shape(400)),
        (Linear(65), Shape(7, 32)),
        (Conv2d(96, (11, 11), (4, 4)), Shape(3, 227, 227)),
        (Conv2d(12, (3, 5), dilation=(2, 1), groups=3), Shape(6, 20, 20)),
    ],
    ids=lambda value: str(value)[:20],
)
def test_multiply_adds_are_those_pytorch_counts(settings: NodeType, x: Shape) -> None:
    module = build_node(settings, x)
    [value] = values_for((x,)).values()
    with FlopCounterMode(display=False) as counter:
        module(value[:1])
    assert counter.get_total_flops() == 2 * int(str(settings.multiply_adds(x)))


def test_what_may_stand_before_a_dense_layer() -> None:
    assert fixes_of(Linear(10), Shape(512, 7, 7)) == (insert("flatten"), insert("global_avg_pool"))
    assert fixes_of(Linear(10), Shape(8, 100, axes="CL"))[-1] == insert("permute", order="LC")


def test_two_vectors_multiply_each_other() -> None:
    layer = Bilinear(5)
    assert layer.shape(Shape(20), Shape(30)) == (5,)
    assert layer.weights(Shape(20), Shape(30)) == {"weight": (5, 20, 30), "bias": (5,)}
    assert layer.arithmetic(Shape(20), Shape(30))[0].lines == ("(20·30 + 1) · 5 = 3\u202f005",)
    assert layer.shape(Shape("L", 20), Shape("L", 30)) == (as_size("L"), 5)


def test_sequences_of_different_lengths_do_not_meet() -> None:
    refused = refusal(Bilinear(5), Shape(3, 20), Shape(4, 30))
    assert (refused.kind, refused.port) == ("sizes", "x2")
    assert fixes_of(Bilinear(5), Shape(20), Shape(3, 4, 4)) == (insert("flatten", port="x2"),)
