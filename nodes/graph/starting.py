"""Networks to start from: what is known of the data -> a small network that fits it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import log2, prod
from typing import Any

from nodes.activation import ReLU
from nodes.boundary import AXES_BY_KIND, Input, Output
from nodes.conv import Conv1d, Conv2d
from nodes.embedding import Embedding
from nodes.graph.layout import laid_out
from nodes.graph.model import Graph, Link, Network, Node
from nodes.linear import Linear
from nodes.loss import CrossEntropyLoss, MSELoss
from nodes.normalization import BatchNorm2d
from nodes.pooling import AdaptiveAvgPool2d, MaxPool1d, MaxPool2d
from nodes.recurrent import LSTM
from nodes.reshape import Flatten
from nodes.reshape_parts import SelectLast
from nodes.spec.node_type import NodeType
from nodes.spec.shapes import Shape

RECIPE: Mapping[str, Any] = {
    "optimizer": "Adam",
    "learning_rate": 0.002,
    "schedule": "cosine",
    "batch_size": 64,
    "epochs": 10,
}
FIRST_CHANNELS, MOST_CHANNELS = 16, 128
LAST_SIDE = 4  # px: what the poolings leave of the shorter side at least
FLAT_SIDE = 8  # px: a map up to this size goes to the linear layer as it is; a larger one is averaged
HIDDEN = 64
WRAP = 6  # layers in a line


@dataclass(frozen=True)
class Known:
    """What the data gives: the field that is learned from, and what is to be said of it."""

    source: str
    value: Shape  # all sizes are numbers
    classes: int = 0  # of the target; 0 where it is numbers
    target: Shape = field(default_factory=lambda: Shape(axes=""))
    words: int = 0  # how many indices there are, where the value consists of indices
    form: str = ""  # how the source is read, where its name does not say it


def starting_network(known: Known, title: str) -> Network:
    """A small network of the kind that suits the value and what is to be said of it.

    Pictures: convolutions, to one class, or to a class for every pixel. Signals: convolutions along them. Indices in
    a row: an LSTM over their vectors; numbers in a row: one over them. Everything else: two hidden layers.
    """
    names = _Names()
    layers = list(_layers(known))
    last = "image" if _is_picture(known.value) else "indices" if known.words else "features"
    result = "scores" if known.classes else "result"
    graph = Graph().with_node(last, Node(_input(known.value)))
    for stem, settings in layers:
        graph, last = _with_next(graph, last, names.fresh(stem), settings)
    loss = CrossEntropyLoss() if known.classes else MSELoss()
    graph = graph.with_node(result, Node(Output())).with_node("loss", Node(loss))
    graph = graph.with_link(Link(last, "output", result, "x"))
    graph = graph.with_link(Link(last, "output", "loss", "prediction"))
    placed = graph.moved(laid_out(graph, wrap=WRAP))
    data = {"source": known.source} | ({"form": known.form} if known.form else {})
    return Network(placed, title, data=data, recipe=dict(RECIPE))


class _Names:
    """conv1, conv2, …: counts each stem."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def fresh(self, stem: str) -> str:
        self._counts[stem] = self._counts.get(stem, 0) + 1
        return f"{stem}{self._counts[stem]}"


def _with_next(graph: Graph, last: str, name: str, settings: NodeType) -> tuple[Graph, str]:
    graph = graph.with_node(name, Node(settings))
    return graph.with_link(Link(last, "output", name, "x")), name


def _input(value: Shape) -> Input:
    kind = next(kind for kind, axes in AXES_BY_KIND.items() if axes == value.axes)
    return Input(kind=kind, size=tuple(size for size in value if isinstance(size, int)), values=value.values)


def _is_picture(value: Shape) -> bool:
    return len(value) == 3


def _layers(known: Known) -> Iterator[tuple[str, NodeType]]:
    results = known.classes or prod(size for size in known.target if isinstance(size, int))
    if _is_picture(known.value) and len(known.target) == 2:
        yield from _pixel_layers(results)
        return
    if known.value.axes == "L" and known.words:
        yield "embed", Embedding(num_embeddings=known.words, embedding_dim=HIDDEN)
        yield from _recurrent_layers(is_each_step=len(known.target) > 0)
    elif known.value.axes == "LC":
        yield from _recurrent_layers(is_each_step="L" in known.target.axes)
    elif known.value.axes == "CL":
        yield from _signal_layers(known.value)
    else:
        yield from _picture_layers(known.value) if _is_picture(known.value) else _vector_layers(known.value)
    yield "fc", Linear(out_features=results)


def _pixel_layers(results: int) -> Iterator[tuple[str, NodeType]]:
    """The size stays, so that there is a class for every pixel; dilation lets each see further."""
    for number in range(3):
        dilation = 2**number
        both = (dilation, dilation)
        yield "conv", Conv2d(out_channels=2 * FIRST_CHANNELS, padding=both, dilation=both, bias=False)
        yield "bn", BatchNorm2d()
        yield "relu", ReLU()
    yield "conv", Conv2d(out_channels=results, kernel_size=(1, 1), padding=(0, 0))


def _picture_layers(value: Shape) -> Iterator[tuple[str, NodeType]]:
    """Convolutions, each halving the picture, until its shorter side is about four."""
    _, height, width = (size for size in value if isinstance(size, int))
    shorter = min(height, width)
    stages = max(1, int(log2(max(shorter, 1) / LAST_SIDE))) if shorter >= LAST_SIDE else 0
    channels = FIRST_CHANNELS
    yield from _stage(channels, halves=stages > 0)
    for _ in range(stages - 1):
        channels = min(2 * channels, MOST_CHANNELS)
        yield from _stage(channels, halves=True)
    if max(height, width) >> stages > FLAT_SIDE:
        yield "pool", AdaptiveAvgPool2d(output_size=(FLAT_SIDE // 2, FLAT_SIDE // 2))
    yield "flatten", Flatten()


def _stage(channels: int, *, halves: bool) -> Iterator[tuple[str, NodeType]]:
    yield "conv", Conv2d(out_channels=channels, kernel_size=(3, 3), padding=(1, 1), bias=False)
    yield "bn", BatchNorm2d()
    yield "relu", ReLU()
    if halves:
        yield "pool", MaxPool2d(kernel_size=(2, 2))


def _recurrent_layers(*, is_each_step: bool) -> Iterator[tuple[str, NodeType]]:
    """What is known after each step, or after the last alone."""
    yield "lstm", LSTM(hidden_size=2 * HIDDEN)
    if not is_each_step:
        yield SelectLast.stem, SelectLast()


def _signal_layers(value: Shape) -> Iterator[tuple[str, NodeType]]:
    """Two convolutions along the signal, each halving it where it is long enough."""
    length = value[-1] if isinstance(value[-1], int) else 0
    for channels in (FIRST_CHANNELS, 2 * FIRST_CHANNELS):
        yield "conv", Conv1d(out_channels=channels, kernel_size=(5,), padding=(2,))
        yield "relu", ReLU()
        if length >= 2 * LAST_SIDE:
            yield "pool", MaxPool1d(kernel_size=(2,))
            length //= 2
    yield "flatten", Flatten()


def _vector_layers(value: Shape) -> Iterator[tuple[str, NodeType]]:
    if len(value) > 1:
        yield "flatten", Flatten()
    for _ in range(2):
        yield "fc", Linear(out_features=HIDDEN)
        yield "relu", ReLU()
