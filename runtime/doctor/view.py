"""One run as the rules look at it: its history beside its network and recipe."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from nodes.block import Block
from nodes.graph.analysis import layers
from nodes.graph.infer import Inference, infer
from nodes.graph.model import Network
from nodes.spec.node_type import NodeType
from runtime.doctor.findings import Series
from runtime.doctor.history import History
from runtime.recipe import Recipe
from runtime.runs import LayerNumbers

RECENT = 8  # watched steps that count as now
SQUASHING = ("sigmoid", "tanh", "hardtanh", "hardsigmoid", "softsign")
BATCH_NORM_OF = {"C": "batch_norm1d", "CL": "batch_norm1d", "CHW": "batch_norm2d", "CDHW": "batch_norm3d"}


@dataclass(frozen=True)
class View:
    """What the rules may ask."""

    history: History
    network: Network

    @cached_property
    def recipe(self) -> Recipe:
        return Recipe.read(self.network.recipe)

    @cached_property
    def inference(self) -> Inference:
        return infer(self.network.graph)

    @cached_property
    def recent(self) -> list[Mapping[str, LayerNumbers]]:
        """The layers in the last watched steps; at the beginning that is all there is."""
        watches = self.history.watches
        return [watch.layers for watch in watches[-min(RECENT, max(1, len(watches) // 2)) :]]

    @cached_property
    def paths(self) -> list[str]:
        """The layers that hold no others, in the order of calculation, as far as the drawing has them."""
        last = list(self.history.watches[-1].layers) if self.history.watches else []
        blocks = {path.rpartition(".")[0] for path in last}
        blocks |= {path.partition(".")[0] for path in last if "." in path}
        drawn = self.network.graph.nodes
        return [path for path in last if path not in blocks and node_of(path) in drawn]

    @cached_property
    def multiplying(self) -> frozenset[str]:
        """The layers that multiply what they take by weights, those within blocks too."""
        rows = layers(self.inference, expanded=True)
        return frozenset(row.path for row in rows if row.multiply_adds != 0 and row.weights)

    def now(self, path: str, what: str) -> float | None:
        """The median of a number of a layer over the recent watched steps."""
        values = [getattr(layers[path], what) for layers in self.recent if path in layers]
        told = [value for value in values if value is not None]
        return statistics.median(told) if told else None

    def all_now(self, what: str) -> dict[str, float]:
        """The same for every layer that has it."""
        found = {path: self.now(path, what) for path in self.paths}
        return {path: value for path, value in found.items() if value is not None}

    def series(self, path: str, what: str) -> Series:
        """A number of a layer over the whole run."""
        told = [(w.step, getattr(w.layers[path], what)) for w in self.history.watches if path in w.layers]
        kept = [(step, value) for step, value in told if value is not None]
        return Series(path, [float(step) for step, _ in kept], [value for _, value in kept])

    def settings(self, path: str) -> NodeType | None:
        """The settings of a layer; None within a block that is not open to the rules."""
        node = self.network.graph.nodes.get(node_of(path))
        return node.settings if node is not None and not isinstance(node.settings, Block) else None

    def weighted_before(self, path: str) -> str:
        """The nearest node with weights before another, on its first way; empty where there is none."""
        graph, name = self.network.graph, node_of(path)
        while name in graph.nodes:
            link = next(iter(graph.incoming(name).values()), None)
            if link is None:
                return ""
            name = link.source
            if self.inference.facts[name].weights:
                return name
        return ""

    def began_with(self, what: str, share: float) -> bool:
        """Whether so large a share of some layer was dead or saturated in the first watched step."""
        first = self.history.watches[0].layers.values() if self.history.watches else ()
        return any((getattr(numbers, what) or 0.0) >= share for numbers in first)

    def is_result(self, path: str) -> bool:
        """Whether a layer's results are what the network gives or is judged by."""
        graph = self.network.graph
        return any(
            graph.nodes[link.target].settings.is_loss or graph.nodes[link.target].settings.type_id == "output"
            for link in graph.outgoing(node_of(path))
        )

    def batch_norm_for(self, name: str) -> str:
        """The type of batch normalization that suits a node's results; empty where none does."""
        shape = next(iter(self.inference.facts[name].outputs.values()), None)
        return BATCH_NORM_OF.get(shape.axes, "") if shape is not None and shape.values == "real" else ""


def node_of(path: str) -> str:
    """The node on the canvas."""
    return path.partition(".")[0]
