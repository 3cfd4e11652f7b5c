"""Networks of different build, on which the estimate of training memory is compared with measured steps."""

from __future__ import annotations

from nodes.activation import ReLU, ReLU6
from nodes.block import Block
from nodes.boundary import Input, Output
from nodes.conv import Conv2d, ConvTranspose2d
from nodes.embedding import Embedding
from nodes.graph.model import Graph, Link, Node
from nodes.linear import Linear
from nodes.loss import CrossEntropyLoss
from nodes.merge import Add, Concat
from nodes.normalization import BatchNorm2d
from nodes.pooling import AdaptiveAvgPool2d, AvgPool2d, MaxPool2d
from nodes.recurrent import LSTM, Recurrent
from nodes.reshape import Flatten
from nodes.spec.node_type import NodeType


class Drawing:
    """Draws by following on: each layer reads the last one unless told otherwise."""

    def __init__(self, first: Input) -> None:
        self.graph = Graph().with_node("x", Node(first))
        self.last = "x"

    def add(self, settings: NodeType, *sources: str) -> str:
        name = self.graph.fresh_name(settings.stem)
        self.graph = self.graph.with_node(name, Node(settings))
        for source in sources or (self.last,):
            taken = self.graph.incoming(name)
            port = next(p.name for p in self.graph.input_ports(name, spare=True) if p.name not in taken)
            output = self.graph.nodes[source].settings.outputs()[0]
            self.graph = self.graph.with_link(Link(source, output, name, port))
        self.last = name
        return name

    def judged(self) -> Graph:
        scores = self.last
        self.add(Output(), scores)
        self.add(CrossEntropyLoss(), scores)
        return self.graph


def digits() -> Graph:
    """Two convolutions with batch normalization, as the bundled example."""
    drawing = Drawing(Input(size=(1, 8, 8)))
    for channels in (16, 32):
        _convolved(drawing, channels, normalized=True)
    drawing.add(MaxPool2d())
    return _classified(drawing, 10)


def lenet5() -> Graph:
    drawing = Drawing(Input(size=(1, 28, 28)))
    for channels, padding in ((6, 2), (16, 0)):
        drawing.add(Conv2d(channels, (5, 5), padding=(padding, padding)))
        drawing.add(ReLU())
        drawing.add(MaxPool2d())
    drawing.add(Flatten())
    for features in (120, 84):
        drawing.add(Linear(features))
        drawing.add(ReLU())
    drawing.add(Linear(10))
    return drawing.judged()


def vgg11() -> Graph:
    """Configuration A with a quarter of the channels, for 64 × 64 pictures."""
    drawing = Drawing(Input(size=(3, 64, 64)))
    for stage in ((16,), (32,), (64, 64), (128, 128), (128, 128)):
        for channels in stage:
            _convolved(drawing, channels, in_place=True)
        drawing.add(MaxPool2d())
    drawing.add(Flatten())
    for _ in range(2):
        drawing.add(Linear(256))
        drawing.add(ReLU(inplace=True))
    drawing.add(Linear(10))
    return drawing.judged()


def resnet50() -> Graph:
    """For 64 × 64 pictures."""
    drawing = Drawing(Input(size=(3, 64, 64)))
    drawing.add(Conv2d(64, (7, 7), (2, 2), (3, 3), bias=False))
    drawing.add(BatchNorm2d())
    drawing.add(ReLU(inplace=True))
    drawing.add(MaxPool2d((3, 3), (2, 2), (1, 1)))
    for stage, (channels, repeat) in enumerate(((64, 3), (128, 4), (256, 6), (512, 3))):
        drawing.add(Block("Projection", bottleneck(channels, 1 if stage == 0 else 2, projects=True)))
        drawing.add(Block("Bottleneck", bottleneck(channels, 1, projects=False), repeat=repeat - 1))
    drawing.add(AdaptiveAvgPool2d())
    return _classified(drawing, 1000)


def bottleneck(channels: int, stride: int, *, projects: bool) -> Graph:
    drawing = Drawing(Input())
    for kernel, step in ((1, 1), (3, stride)):
        drawing.add(Conv2d(channels, (kernel, kernel), (step, step), (kernel // 2, kernel // 2), bias=False))
        drawing.add(BatchNorm2d())
        drawing.add(ReLU(inplace=True))
    drawing.add(Conv2d(4 * channels, (1, 1), bias=False))
    end, shortcut = drawing.add(BatchNorm2d()), "x"
    if projects:
        drawing.add(Conv2d(4 * channels, (1, 1), (stride, stride), bias=False), "x")
        shortcut = drawing.add(BatchNorm2d())
    drawing.add(Add(), end, shortcut)
    drawing.add(ReLU(inplace=True))
    drawing.add(Output())
    return drawing.graph


def densenet() -> Graph:
    """Three dense blocks of four layers, each reading all before it."""
    drawing = Drawing(Input(size=(3, 32, 32)))
    drawing.add(Conv2d(24, padding=(1, 1), bias=False))
    for stage in range(3):
        parts = [drawing.last]
        for _ in range(4):
            if len(parts) > 1:
                drawing.add(Concat(), *parts)
            drawing.add(BatchNorm2d())
            drawing.add(ReLU(inplace=True))
            parts.append(drawing.add(Conv2d(12, padding=(1, 1), bias=False)))
        drawing.add(Concat(), *parts)
        if stage < 2:
            drawing.add(Conv2d(24 + 12 * stage, (1, 1), bias=False))
            drawing.add(AvgPool2d())
    drawing.add(AdaptiveAvgPool2d())
    return _classified(drawing, 10)


def unet() -> Graph:
    """Down three steps and up again, with links across; two classes at every pixel."""
    drawing, across = Drawing(Input(size=(1, 64, 64))), []
    for channels in (16, 32, 64):
        for _ in range(2):
            _convolved(drawing, channels, normalized=True, in_place=True)
        across.append(drawing.last)
        drawing.add(MaxPool2d())
    _convolved(drawing, 128, normalized=True, in_place=True)
    for channels in (64, 32, 16):
        up = drawing.add(ConvTranspose2d(channels, (2, 2), (2, 2)))
        drawing.add(Concat(), across.pop(), up)
        for _ in range(2):
            _convolved(drawing, channels, normalized=True, in_place=True)
    drawing.add(Conv2d(2, (1, 1)))
    return drawing.judged()


def mobile() -> Graph:
    """Depthwise separable convolutions with ReLU6 in place, as MobileNet has them."""
    drawing = Drawing(Input(size=(3, 32, 32)))
    _bounded(drawing, Conv2d(16, padding=(1, 1), bias=False))
    channels = 16
    for wider in (32, 64, 64):
        _bounded(drawing, Conv2d(channels, padding=(1, 1), groups=channels, bias=False))
        _bounded(drawing, Conv2d(wider, (1, 1), bias=False))
        channels = wider
    drawing.add(AdaptiveAvgPool2d())
    return _classified(drawing, 10)


def char_lstm() -> Graph:
    drawing = Drawing(Input("indices", ("L",)))
    drawing.add(Embedding(65, 64))
    drawing.add(LSTM(128, num_layers=2))
    drawing.add(Linear(65))
    return drawing.judged()


def _bounded(drawing: Drawing, convolution: Conv2d) -> None:
    for settings in (convolution, BatchNorm2d(), ReLU6(inplace=True)):
        drawing.add(settings)


def _convolved(drawing: Drawing, channels: int, *, normalized: bool = False, in_place: bool = False) -> None:
    drawing.add(Conv2d(channels, padding=(1, 1), bias=not normalized))
    if normalized:
        drawing.add(BatchNorm2d())
    drawing.add(ReLU(inplace=in_place))


def _classified(drawing: Drawing, classes: int) -> Graph:
    drawing.add(Flatten())
    drawing.add(Linear(classes))
    return drawing.judged()


def recurrent(settings: Recurrent) -> Graph:
    """A recurrent layer over a sequence, judged at every step."""
    drawing = Drawing(Input(kind="sequence", size=("L", 64)))
    drawing.add(settings)
    drawing.add(Linear(65))
    return drawing.judged()
