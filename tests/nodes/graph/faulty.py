"""For each kind of problem a small network that shows it, and where."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from nodes.activation import LogSoftmax, ReLU, Sigmoid, Softmax, Tanh
from nodes.attention import MultiheadAttention
from nodes.block import Block
from nodes.boundary import Input, Output
from nodes.catalogue import find_type
from nodes.conv import Conv2d
from nodes.dropout import Dropout
from nodes.graph.infer import infer
from nodes.graph.model import Graph, Link, Node
from nodes.graph.problem import DataFacts
from nodes.graph.wiring import input_of
from nodes.linear import Linear
from nodes.loss import CrossEntropyLoss, MSELoss
from nodes.merge import Add, Concat
from nodes.normalization import BatchNorm1d, BatchNorm2d
from nodes.pooling import MaxPool2d, MaxUnpool2d
from nodes.reshape import Flatten
from nodes.spec.node_type import NodeType
from nodes.spec.shapes import Shape
from nodes.spec.training import NodeTraining
from tests.nodes.drawing import chain, joined


class Faulty(NamedTuple):
    """A network, the node that its problem stands at, and what is known of the data and the batch."""

    graph: Graph
    node: str
    data: DataFacts | None = None
    batch: int = 0


def made(type_id: str, **settings: object) -> NodeType:
    declared = find_type(type_id)
    assert declared is not None, type_id
    return declared(**settings)


def vector(size: int = 4) -> Input:
    return Input("vector", (size,))


def image(channels: int = 1, side: int = 8) -> Input:
    return Input("image", (channels, side, side))


def ended(graph: Graph, last: str) -> Graph:
    """With an Output and a loss, so that nothing else is missing."""
    graph = graph.with_node("result", Node(Output(), 2000)).with_node("loss", Node(MSELoss(), 2000, 96))
    output = graph.nodes[last].settings.outputs()[0]
    graph = graph.with_link(Link(last, output, "result", "x"))
    return graph.with_link(Link(last, output, "loss", "prediction"))


def sound(**settings: NodeType) -> Graph:
    return ended(chain(**settings), list(settings)[-1])


def judged(loss: NodeType, **settings: NodeType) -> Graph:
    """A chain with an Output and a loss at its end."""
    last = list(settings)[-1]
    graph = chain(**settings).with_node("result", Node(Output(), 2000)).with_node("loss", Node(loss, 2000, 96))
    port = graph.input_ports("loss")[0].name
    return graph.with_link(Link(last, "output", "result", "x")).with_link(Link(last, "output", "loss", port))


def branched(merge: NodeType, one: NodeType, other: NodeType | None = None, **before: NodeType) -> Graph:
    """Two ways from the last of ``before``, which meet again."""
    start = list(before)[-1]
    graph = chain(**before, one=one).with_node("merge", Node(merge, 900))
    graph = joined(graph, {f"one.{one.outputs()[0]}": "merge.x1"})
    if other is None:
        graph = joined(graph, {f"{start}.output": "merge.x2"})
    else:
        graph = graph.with_node("other", Node(other, 500, 150))
        graph = joined(graph, {f"{start}.output": "other.x", "other.output": "merge.x2"})
    return ended(graph, "merge")


def block(body: Graph, repeat: int = 1) -> Block:
    return Block("Part", body, repeat)


def unpooled(window: int = 2, indices: str = "pool.indices") -> Graph:
    graph = chain(image=image(2), pool=MaxPool2d(return_indices=True), other=MaxPool2d((3, 3), return_indices=True))
    graph = graph.without_links([Link("pool", "output", "other", "x")])
    graph = joined(graph, {"image.output": "other.x"})
    graph = graph.with_node("unpool", Node(MaxUnpool2d((window, window)), 900))
    graph = joined(graph, {"pool.output": "unpool.x"}).with_link(Link(*indices.split("."), "unpool", "indices"))
    return ended(graph, "unpool").without(["other"] if indices.startswith("pool") else [])


def frozen() -> Graph:
    graph = sound(x=vector(), fc1=Linear(5), act=ReLU(), fc2=Linear(3))
    for name in ("fc1", "fc2"):
        graph = graph.with_training(name, NodeTraining(frozen=True))
    return graph


def begun(method: str, **layer: NodeType) -> Graph:
    """A network with one layer whose weights are to begin in some way."""
    return sound(x=vector(), **layer).with_training(next(iter(layer)), NodeTraining(weight_init=method))


def unended() -> Graph:
    """A body whose output nothing reaches."""
    body = chain(a=image(4), conv=Conv2d(4, padding=(1, 1)), b=Output())
    return body.without_links([Link("conv", "output", "b", "x")])


def crowded() -> Graph:
    graph = sound(x=vector(), one=ReLU(), act=Tanh()).with_node("two", Node(Sigmoid(), 300, 150))
    graph = joined(graph, {"x.output": "two.x"})
    return Graph(graph.nodes, (*graph.links, Link("two", "output", "act", "x")))


def blocked(before: dict[str, NodeType], repeat: int = 1, **inside: NodeType) -> Graph:
    """A chain whose last node is a block of the nodes ``inside``, with an Output and a loss behind it."""
    last = infer(chain(**before)).facts[list(before)[-1]].outputs["output"]
    entering = input_of(last)
    assert entering is not None
    return sound(**before, part=block(chain(a=entering, **inside, b=Output()), repeat))


def judged_block(loss: NodeType, before: dict[str, NodeType], **inside: NodeType) -> Graph:
    """The same with a loss of its own; it ends with a block of the nodes ``inside``."""
    graph = blocked(before, **inside)
    link = next(link for link in graph.incoming("loss").values())
    graph = graph.without(["loss"]).with_node("loss", Node(loss, 2000, 96))
    return graph.with_link(Link(link.source, link.output, "loss", graph.input_ports("loss")[0].name))


def two_inputs() -> Graph:
    graph = chain(a=image(), conv=Conv2d(1, padding=(1, 1))).with_node("b", Node(image(), 0, 150))
    graph = joined(graph.with_node("add", Node(Add(), 700)), {"conv.output": "add.x1", "b.output": "add.x2"})
    return ended(graph, "add")


def in_place(settings: NodeType) -> Graph:
    return branched(Add(), settings, image=image(4), conv=Conv2d(4, padding=(1, 1)))


DIGITS = DataFacts(10, {"image": Shape(1, 8, 8), "label": Shape(values="index")}, "label")
NUMBERS = DataFacts(0, {"image": Shape(1, 8, 8), "angles": Shape(5)}, "angles")
MASKS = DataFacts(2, {"image": Shape(1, 8, 8), "mask": Shape(8, 8, axes="HW", values="index")}, "mask")
CLASSIFIER = {"image": image(), "flat": Flatten(), "fc": Linear(10)}
WIDE = {"image": image(3, 32), "conv": Conv2d(8, padding=(1, 1))}

FAULTY: dict[str, tuple[Callable[[], Faulty], ...]] = {
    "rank": (
        lambda: Faulty(sound(image=image(16, 20), fc1=Linear(10)), "fc1"),
        lambda: Faulty(sound(words=Input("sequence", (9, 4)), last=made("batch_norm1d")), "last"),
        lambda: Faulty(sound(x=vector(), norm=BatchNorm2d()), "norm"),
    ),
    "channels": (lambda: Faulty(sound(image=image(3), act=made("glu", dim="C")), "act"),),
    "groups": (
        lambda: Faulty(sound(image=image(6), conv=Conv2d(8, padding=(1, 1), groups=4)), "conv"),
        lambda: Faulty(sound(words=Input("sequence", (9, 6)), attend=MultiheadAttention(num_heads=4)), "attend"),
    ),
    "kernel": (
        lambda: Faulty(sound(image=image(1, 3), conv=Conv2d(8, (5, 5))), "conv"),
        lambda: Faulty(
            sound(image=image(1, 3), part=block(chain(a=image(1, 3), conv=Conv2d(8, (5, 5)), b=Output()))), "part"
        ),
    ),
    "shrinks": (
        lambda: Faulty(sound(image=image(1, 3), pool1=MaxPool2d(), pool2=MaxPool2d()), "pool2"),
        lambda: Faulty(sound(image=image(1, 2), pool1=MaxPool2d((3, 3))), "pool1"),
    ),
    "sizes": (
        lambda: Faulty(branched(Add(), Conv2d(16, stride=(2, 2), padding=(1, 1)), **WIDE), "merge"),
        lambda: Faulty(branched(Add(), Linear(6), x=vector(), fc=Linear(4)), "merge"),
        lambda: Faulty(branched(Concat(), Conv2d(8, (5, 5)), **WIDE), "merge"),
    ),
    "values": (
        lambda: Faulty(sound(words=Input("indices", (9,)), act=ReLU()), "act"),
        lambda: Faulty(sound(words=Input("sequence", (9, 4)), embed=made("embedding")), "embed"),
    ),
    "unknown": (lambda: Faulty(sound(image=Input("image", (3, "H", "W")), flatten=Flatten(), fc=Linear(10)), "fc"),),
    "padding": (
        lambda: Faulty(sound(image=image(1, 8), pool=MaxPool2d(padding=(2, 2))), "pool"),
        lambda: Faulty(sound(image=image(1, 8), conv=Conv2d(4, padding="same", stride=(2, 2))), "conv"),
    ),
    "repeat": (
        lambda: Faulty(
            sound(image=image(4), part=block(chain(a=image(4), conv=Conv2d(6, padding=(1, 1)), b=Output()), 3)),
            "part",
        ),
    ),
    "port": (lambda: Faulty(sound(image=image(4), part=block(unended())), "part"),),
    "setting": (
        lambda: Faulty(sound(words=Input("indices", (9,)), embed=made("embedding", padding_idx=999)), "embed"),
    ),
    "unpool": (
        lambda: Faulty(unpooled(window=3), "unpool"),
        lambda: Faulty(unpooled(indices="other.indices"), "unpool"),
    ),
    "boxes": (
        lambda: Faulty(sound(image=image(3, 32), roi=made("roi_align")), "roi"),
        lambda: Faulty(
            joined(
                sound(image=image(3, 32), roi=made("roi_align")).with_node("boxes", Node(Input("sequence", (6, 3)))),
                {"boxes.output": "roi.boxes"},
            ),
            "roi",
        ),
    ),
    "cycle": (
        lambda: Faulty(
            joined(
                sound(image=image(4), add=Add(), conv=Conv2d(4, padding=(1, 1)), act=ReLU()), {"act.output": "add.x2"}
            ),
            "",
        ),
    ),
    "no-input": (lambda: Faulty(sound(conv=Conv2d(4), act=ReLU()), ""),),
    "no-output": (
        lambda: Faulty(judged(CrossEntropyLoss(), x=vector(), fc=Linear(3)).without(["result"]), ""),
        lambda: Faulty(chain(x=vector(), fc=Linear(3)), ""),
    ),
    "no-loss": (
        lambda: Faulty(chain(x=vector(), fc=Linear(3), result=Output()), ""),
        lambda: Faulty(chain(x=vector(), fc=Linear(3), act=Softmax(), result=Output()), ""),
        lambda: Faulty(chain(x=vector(), fc=Linear(4), result=Output()), ""),
    ),
    "unwired": (
        lambda: Faulty(
            sound(x=vector(), fc1=Linear(5), fc2=Linear(3)).without_links([Link("fc1", "output", "fc2", "x")]), "fc2"
        ),
        lambda: Faulty(sound(x=vector(), add=Add()).without_links([Link("x", "output", "add", "x1")]), "add"),
    ),
    "occupied": (lambda: Faulty(crowded(), "act"),),
    "unused": (
        lambda: Faulty(
            joined(sound(x=vector(), fc=Linear(3)).with_node("act", Node(ReLU(), 500, 150)), {"fc.output": "act.x"}),
            "act",
        ),
    ),
    "unused-input": (
        lambda: Faulty(sound(x=vector(), fc=Linear(3)).with_node("spare", Node(image(), 0, 150)), "spare"),
    ),
    "overwritten": (
        lambda: Faulty(in_place(ReLU(inplace=True)), "one"),
        lambda: Faulty(in_place(block(chain(a=image(4), act=ReLU(inplace=True), b=Output()))), "one"),
    ),
    "remainder": (
        lambda: Faulty(sound(image=image(1, 8), conv=Conv2d(4, stride=(2, 2))), "conv"),
        lambda: Faulty(sound(image=image(1, 7), pool=MaxPool2d()), "pool"),
        lambda: Faulty(blocked({"image": image(1, 7)}, pool=MaxPool2d()), "part"),
    ),
    "softmax-before-loss": (
        lambda: Faulty(judged(CrossEntropyLoss(), x=vector(), fc=Linear(3), act=Softmax()), "loss"),
        lambda: Faulty(judged(CrossEntropyLoss(), x=vector(), fc=Linear(3), act=LogSoftmax()), "loss"),
        lambda: Faulty(judged(made("bce_with_logits_loss"), x=vector(), fc=Linear(3), act=Sigmoid()), "loss"),
        lambda: Faulty(judged(made("sigmoid_focal_loss"), x=vector(), fc=Linear(3), act=Sigmoid()), "loss"),
        lambda: Faulty(
            judged(CrossEntropyLoss(), image=image(), conv=Conv2d(9), act=Softmax(), drop=Dropout(), flat=Flatten()),
            "loss",
        ),
        lambda: Faulty(judged_block(CrossEntropyLoss(), {"x": vector()}, fc=Linear(3), act=Softmax()), "loss"),
    ),
    "log-softmax-missing": (
        lambda: Faulty(judged(made("nll_loss"), x=vector(), fc=Linear(3)), "loss"),
        lambda: Faulty(judged(made("nll_loss"), x=vector(), fc=Linear(3), act=Softmax()), "loss"),
        lambda: Faulty(judged(made("kl_div_loss"), x=vector(), fc=Linear(3), act=Softmax()), "loss"),
        lambda: Faulty(judged(made("kl_div_loss"), x=vector(), fc=Linear(3)), "loss"),
        lambda: Faulty(judged_block(made("nll_loss"), {"x": vector()}, fc=Linear(3), act=Softmax()), "loss"),
    ),
    "sigmoid-missing": (
        lambda: Faulty(judged(made("bce_loss"), x=vector(), fc=Linear(3)), "loss"),
        lambda: Faulty(judged_block(made("bce_loss"), {"x": vector()}, fc=Linear(3), act=Tanh()), "loss"),
    ),
    "bias-before-norm": (
        lambda: Faulty(sound(image=image(), conv=Conv2d(4), norm=BatchNorm2d()), "conv"),
        lambda: Faulty(blocked({"image": image()}, conv=Conv2d(4), norm=BatchNorm2d()), "part"),
    ),
    "dropout-before-norm": (
        lambda: Faulty(
            sound(x=vector(), fc1=Linear(9, bias=False), drop=Dropout(), norm=BatchNorm1d(), act=ReLU()), "drop"
        ),
        lambda: Faulty(
            sound(x=vector(), drop=Dropout(), fc1=Linear(9, bias=False), norm=BatchNorm1d(), act=ReLU()), "drop"
        ),
        lambda: Faulty(
            blocked({"x": vector()}, 3, drop=Dropout(), fc1=Linear(4, bias=False), norm=BatchNorm1d(), act=ReLU()),
            "part",
        ),
    ),
    "batch-of-one": (
        lambda: Faulty(sound(x=vector(), fc=Linear(8, bias=False), norm=BatchNorm1d()), "norm", batch=1),
        lambda: Faulty(sound(image=image(), conv=Conv2d(4, bias=False), norm=BatchNorm2d()), "norm", batch=1),
        lambda: Faulty(blocked({"x": vector()}, fc=Linear(8, bias=False), norm=BatchNorm1d()), "part", batch=1),
        lambda: Faulty(blocked({"image": image()}, conv=Conv2d(4, bias=False), norm=BatchNorm2d()), "part", batch=1),
    ),
    "no-activation": (
        lambda: Faulty(sound(x=vector(), fc1=Linear(5), fc2=Linear(3)), "fc2"),
        lambda: Faulty(blocked({"x": vector()}, fc1=Linear(5), fc2=Linear(3)), "part"),
    ),
    "saturating": (
        lambda: Faulty(
            sound(x=vector(), **{f"{k}{n}": v for n in range(4) for k, v in (("fc", Linear(5)), ("act", Sigmoid()))}),
            "act3",
        ),
        lambda: Faulty(
            blocked(
                {"x": vector()},
                **{f"{k}{n}": v for n in range(4) for k, v in (("fc", Linear(5)), ("act", Sigmoid()))},
            ),
            "part",
        ),
    ),
    "vain-beginning": (
        lambda: Faulty(begun("bilinear", fc=Linear(5)), "fc"),
        lambda: Faulty(begun("kaiming_normal", norm=BatchNorm1d()), "norm"),
    ),
    "frozen": (lambda: Faulty(frozen(), ""),),
    "same-field": (lambda: Faulty(two_inputs(), "b"),),
    "alike-names": (lambda: Faulty(sound(x=vector(), fc=Linear(3), FC=ReLU()), "FC"),),
    "class-count": (
        lambda: Faulty(judged(CrossEntropyLoss(), image=image(), flat=Flatten(), fc=Linear(5)), "fc", DIGITS),
        lambda: Faulty(
            judged_block(CrossEntropyLoss(), {"image": image(), "flat": Flatten()}, fc=Linear(5), act=ReLU()),
            "part",
            DIGITS,
        ),
    ),
    "target": (
        lambda: Faulty(judged(MSELoss(), **CLASSIFIER), "loss", DIGITS),
        lambda: Faulty(judged(made("bce_with_logits_loss"), **CLASSIFIER), "loss", DIGITS),
        lambda: Faulty(judged(MSELoss(), image=image(), conv=Conv2d(1, padding=(1, 1))), "loss", DIGITS),
        lambda: Faulty(
            judged(made("bce_with_logits_loss"), image=image(), flat=Flatten(), fc=Linear(1)), "loss", DIGITS
        ),
        lambda: Faulty(judged(MSELoss(), image=image(), flat=Flatten(), fc=Linear(1)), "loss", DIGITS),
        lambda: Faulty(judged(CrossEntropyLoss(), image=image(), flat=Flatten(), fc=Linear(3)), "loss", NUMBERS),
        lambda: Faulty(judged(MSELoss(), image=image(), flat=Flatten(), fc=Linear(3)), "loss", NUMBERS),
        lambda: Faulty(judged(CrossEntropyLoss(), image=image(), conv=Conv2d(2, stride=(2, 2))), "loss", MASKS),
        lambda: Faulty(judged(CrossEntropyLoss(), image=image(), conv=Conv2d(10, padding=(1, 1))), "loss", DIGITS),
    ),
    "data-shape": (
        lambda: Faulty(
            judged(CrossEntropyLoss(), image=image(1, 28), flat=Flatten(), fc=Linear(10)), "image", DIGITS
        ),
    ),
}
"""Networks for every kind that stands in REASONS, apart from those of ``UNSHOWN``."""

UNSHOWN = {
    "shape": "the reason of a rule that names no kind",
    "remark": "a remark that a rule makes of its own; nothing has to be mended",
    "code": "the code has to be changed by hand",
}
