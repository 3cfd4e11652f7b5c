"""One edit of ResNet-152 with every block dissolved, until all shapes and problems are known.

PyTorch's meta device works out the same shapes by calling the network with tensors that hold no numbers; both take
turns, so that whatever else the computer does falls on both alike.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterable

import torch
from torchvision.models import resnet152

from nodes.activation import ReLU
from nodes.block import Block
from nodes.conv import Conv2d
from nodes.graph.blocks import dissolved
from nodes.graph.check import problems
from nodes.graph.infer import Inference, infer
from nodes.graph.model import Graph
from nodes.linear import Linear
from nodes.normalization import BatchNorm2d
from nodes.spec.node_type import NodeType
from tests.benchmarks.figures import Figure
from tests.networks.drawn.resnet import DRAWINGS

EDITS = 600
ROUNDS = 21


def run() -> Iterable[Figure]:
    graph = unrolled()
    known = infer(graph)
    problems(graph, known)
    yield Figure("ResNet-152 unrolled: nodes", len(graph.nodes), "")
    yield Figure("one edit: shapes and problems", _median(graph, known, random_edits(graph, 0)), "ms", 1.5)
    yield Figure("one edit of the stem: all receptive fields", _median(graph, known, wider_stems(graph)), "ms")
    yield Figure("one edit of the stem: all shapes", _median(graph, known, finer_stems(graph)), "ms")
    yield Figure("PyTorch's meta device / one edit", _ratio(graph, known, random_edits(graph, 1)), "×", 150, "higher")


def unrolled() -> Graph:
    """ResNet-152 as it is drawn, every block dissolved."""
    graph = DRAWINGS["resnet152"]().graph
    blocks = [name for name, node in graph.nodes.items() if isinstance(node.settings, Block)]
    while blocks:
        graph, placed = dissolved(graph, blocks.pop())
        blocks += [name for name in placed if isinstance(graph.nodes[name].settings, Block)]
    return graph


def random_edits(graph: Graph, seed: int) -> list[tuple[str, NodeType]]:
    """Other settings for nodes drawn at random, as a user changes them in the form."""
    chance = random.Random(seed)
    names = [
        name for name, node in graph.nodes.items() if isinstance(node.settings, Conv2d | BatchNorm2d | ReLU | Linear)
    ]
    edits: list[tuple[str, NodeType]] = []
    while len(edits) < EDITS:
        name = chance.choice(names)
        changed = _changed(graph.nodes[name].settings, chance)
        if changed != graph.nodes[name].settings:
            edits.append((name, changed))
    return edits


def _changed(settings: NodeType, chance: random.Random) -> NodeType:
    match settings:
        case Conv2d():
            side = chance.choice((1, 3, 5, 7))
            changes = (
                {"out_channels": chance.randrange(1, 2048)},
                {"bias": not settings.bias},
                {"kernel_size": (side, side), "padding": (side // 2, side // 2)},
                {"stride": (chance.randrange(1, 4),) * 2},
            )
            return settings.replaced(**chance.choice(changes))
        case BatchNorm2d():
            return settings.replaced(eps=chance.uniform(1e-6, 1e-3))
        case Linear():
            return settings.replaced(out_features=chance.randrange(1, 2000))
    return settings.replaced(inplace=not getattr(settings, "inplace", False))


def wider_stems(graph: Graph) -> list[tuple[str, NodeType]]:
    """The first convolution with other kernels: the sizes stay, what each position sees does not."""
    stem = graph.nodes["conv1"].settings
    sides = [side for side in range(1, 44, 2) if side != 7]
    return [("conv1", stem.replaced(kernel_size=(side, side), padding=(side // 2, side // 2))) for side in sides]


def finer_stems(graph: Graph) -> list[tuple[str, NodeType]]:
    """The first convolution with other paddings and a stride of 1: every size behind it is new, each time."""
    stem = graph.nodes["conv1"].settings
    return [("conv1", stem.replaced(stride=(1, 1), padding=(pad, pad))) for pad in range(4, 60, 4)]


def seconds(graph: Graph, known: Inference, name: str, settings: NodeType) -> float:
    began = time.perf_counter()
    edited = graph.with_settings(name, settings)
    problems(edited, infer(edited, known))
    return time.perf_counter() - began


def _median(graph: Graph, known: Inference, edits: Iterable[tuple[str, NodeType]]) -> float:
    return 1000 * statistics.median(seconds(graph, known, name, settings) for name, settings in edits)


def _ratio(graph: Graph, known: Inference, edits: list[tuple[str, NodeType]]) -> float:
    """How many edits PyTorch's meta device takes for one pass: the median of the rounds."""
    with torch.device("meta"):
        network, picture = resnet152(weights=None).eval(), torch.empty(1, 3, 224, 224)
    ratios = []
    share = len(edits) // ROUNDS
    with torch.inference_mode():
        network(picture)  # warms up
        for number in range(ROUNDS):
            began = time.perf_counter()
            network(picture)
            theirs = time.perf_counter() - began
            ratios.append(1000 * theirs / _median(graph, known, edits[number * share : (number + 1) * share]))
    return statistics.median(ratios)
