"""Branches and settings that do not meet, and the edit that each error offers; every one is carried out."""

import pytest

from nodes.arithmetic import Constant, Dot, GaussianSample
from nodes.boundary import AXES_BY_KIND, Input, Output
from nodes.graph.check import problems
from nodes.graph.infer import infer
from nodes.graph.model import Graph, Link, Node
from nodes.graph.remedies import remedies
from nodes.loss import CrossEntropyLoss, MSELoss, MultiMarginLoss
from nodes.loss_classes import CTCLoss, DiceLoss, MultiLabelMarginLoss
from nodes.loss_pairs import BCEWithLogitsLoss, CosineEmbeddingLoss, GIoULoss, TripletMarginLoss
from nodes.merge import Add, Concat, Multiply, Stack
from nodes.merge_matmul import MatMul
from nodes.reshape import Flatten, Permute, Reshape, Squeeze, Unsqueeze
from nodes.reshape_over import Mean
from nodes.reshape_parts import Chunk, Crop, Select, SelectStep, Slice, Split
from nodes.reshape_resize import Upsample
from nodes.reshape_sizes import ChannelShuffle, Pad, PixelShuffle, PixelUnshuffle, RepeatAlongTime
from nodes.spec.meeting import stride_between
from nodes.spec.node_type import NodeType
from nodes.spec.shapes import Shape

KINDS = {axes: kind for kind, axes in AXES_BY_KIND.items()}
IMAGE, VECTOR, SEQUENCE, SIGNAL = Shape(64, 56, 56), Shape(64), Shape(20, 64), Shape(64, 20, axes="CL")
INDEX, ROW = Shape(values="index"), Shape(20, axes="L", values="index")


def wired(settings: NodeType, *shapes: Shape | None) -> Graph:
    """The node with an Input of each shape."""
    graph = Graph().with_node("node", Node(settings))
    ports = settings.inputs()
    for number, shape in enumerate(shapes):
        port = f"{ports[0].name}{number + 1}" if ports[0].variadic else ports[number].name
        if shape is not None:
            entry = Input(KINDS[shape.axes], tuple(shape), shape.values)
            graph = graph.with_node(f"in_{port}", Node(entry)).with_link(Link(f"in_{port}", "output", "node", port))
    if settings.is_loss:
        return graph
    return graph.with_node("out", Node(Output())).with_link(Link("node", settings.outputs()[0], "out", "x"))


CASES = [
    (Add(), (Shape(128, 28, 28), IMAGE), "sizes", "1 × 1|convolution|Convolution"),
    (Add(), (IMAGE, Shape(128, 28, 28)), "sizes", "1 × 1|convolution|Convolution"),
    (Add(), (IMAGE, Shape(128, 56, 56)), "sizes", "onvolution"),
    (Add(), (VECTOR, Shape(10)), "sizes", "Linear"),
    (Add(), (SEQUENCE, SIGNAL), "rank", "Permute"),
    (Multiply(), (IMAGE, VECTOR), "rank", "Unsqueeze"),
    (Concat(), (IMAGE, Shape(32, 28, 28)), "sizes", "Pool"),
    (Concat(), (IMAGE, Shape(32, 52, 52)), "sizes", "Crop"),
    (Concat("H"), (VECTOR, VECTOR), "rank", "dim"),
    (Stack("C"), (VECTOR, VECTOR), "setting", "dim"),
    (MatMul(), (SEQUENCE, SEQUENCE), "sizes", "Permute"),
    (Flatten(4), (IMAGE,), "rank", "start_dim"),
    (Flatten(3, 1), (IMAGE,), "setting", "end_dim|start_dim"),
    (Reshape("image", (16, 2, 1)), (VECTOR,), "sizes", "size"),
    (Reshape("image", (8, 8)), (VECTOR,), "setting", "kind"),
    (Permute("LC"), (IMAGE,), "rank", "order"),
    (Squeeze("HW"), (Shape(64, 1, 7),), "sizes", "dim"),
    (Unsqueeze("LC"), (IMAGE,), "rank", "axes"),
    (Mean("L"), (IMAGE,), "rank", "dim"),
    (Split((10, 10)), (IMAGE,), "sizes", "sizes"),
    (Chunk(4), (Shape(5),), "sizes", "chunks"),
    (Slice("L", 5, 3), (SEQUENCE,), "shrinks", "stop|start"),
    (Slice("L", 0, 30), (SEQUENCE,), "sizes", "stop"),
    (Select("C", 64), (IMAGE,), "sizes", "index"),
    (SelectStep(20), (SEQUENCE,), "sizes", "index"),
    (Crop((60, 24)), (IMAGE,), "sizes", "size"),
    (Crop((24, 24), (40, 0)), (IMAGE,), "sizes", "offset"),
    (Pad(top=1), (SEQUENCE,), "rank", "top"),
    (Pad(left=56, mode="reflect"), (IMAGE,), "padding", "mode"),
    (Upsample(), (SEQUENCE,), "rank", "Permute"),
    (Upsample(mode="bilinear"), (SIGNAL,), "rank", "mode"),
    (Upsample(align_corners=True), (IMAGE,), "setting", "align_corners"),
    (Upsample(size=(9,)), (IMAGE,), "setting", "size"),
    (PixelShuffle(), (Shape(3, 8, 8),), "channels", "onvolution"),
    (PixelUnshuffle(), (Shape(3, 8, 7),), "sizes", "Pad"),
    (ChannelShuffle(3), (IMAGE,), "groups", "groups"),
    (RepeatAlongTime(), (SEQUENCE,), "rank", "SelectLast"),
    (Constant("vector", (3,), (1, 2)), (), "setting", "value"),
    (Dot(), (IMAGE, VECTOR), "rank", "Pool|Flatten"),
    (GaussianSample(), (VECTOR, Shape(10)), "sizes", "Linear"),
    (CrossEntropyLoss(), (IMAGE, INDEX), "sizes", "Flatten|Mean"),
    (CrossEntropyLoss(class_weight=(1, 2)), (VECTOR, INDEX), "setting", "class_weight"),
    (MultiMarginLoss(), (IMAGE, Shape(56, 56, axes="HW", values="index")), "rank", "CrossEntropyLoss|Flatten|ross"),
    (MSELoss(), (VECTOR, INDEX), "values", "ross"),
    (MultiLabelMarginLoss(), (VECTOR, INDEX), "sizes", "hinge|MultiMargin"),
    (DiceLoss(), (VECTOR, INDEX), "rank", "ross"),
    (CTCLoss(blank=64), (SEQUENCE, ROW), "setting", "blank"),
    (BCEWithLogitsLoss(), (VECTOR, INDEX), "sizes", "Linear"),
    (BCEWithLogitsLoss(pos_weight=(1, 2)), (VECTOR, VECTOR), "setting", "pos_weight"),
    (CosineEmbeddingLoss(), (IMAGE, Shape(200_704), Shape()), "rank", "Flatten"),
    (TripletMarginLoss(), (IMAGE, IMAGE, IMAGE), "rank", ""),
    (GIoULoss(), (Shape(5), Shape(4)), "boxes", "Linear"),
]


@pytest.mark.parametrize(
    ("settings", "shapes", "kind", "words"), CASES, ids=[f"{n}-{c[0].type_id}" for n, c in enumerate(CASES)]
)
def test_an_error_offers_an_edit_that_mends_it(
    settings: NodeType, shapes: tuple[Shape, ...], kind: str, words: str
) -> None:
    graph = wired(settings, *shapes)
    inference = infer(graph)
    error = inference.facts["node"].error
    assert error is not None
    assert error.kind == kind
    assert error.remedy
    [problem] = [p for p in problems(graph, inference) if p.node == "node" and p.severity == "error"]
    offered = remedies(graph, inference, problem)
    if words:
        assert any(word in offered[0].text for word in words.split("|")), [remedy.text for remedy in offered]


@pytest.mark.parametrize(
    ("large", "small", "stride"), [(56, 28, 2), (56, 56, 1), (57, 29, 2), (28, 7, 4), (28, 10, 3), (28, 27, None)]
)
def test_the_stride_that_makes_one_size_of_another(large: int, small: int, stride: int | None) -> None:
    assert stride_between(large, small) == stride
    if stride:
        assert (large - 1) // stride + 1 == small


def test_a_residual_of_another_size_gets_the_shortcut_of_a_resnet() -> None:
    graph = wired(Add(), Shape(128, 28, 28), IMAGE)
    inference = infer(graph)
    [problem] = [p for p in problems(graph, inference) if p.node == "node" and p.severity == "error"]
    mended = remedies(graph, inference, problem)[0].graph
    [conv] = [n.settings for name, n in mended.nodes.items() if name not in graph.nodes]
    assert (conv.out_channels, conv.kernel_size, conv.stride, conv.bias) == (128, (1, 1), (2, 2), False)  # type: ignore[attr-defined]
