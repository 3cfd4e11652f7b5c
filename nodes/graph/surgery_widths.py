"""Widening a layer: more channels that are copies at first, so that the network gives the same numbers.

Source: Chen, Goodfellow & Shlens 2016, "Net2Net", arXiv:1511.05641 (Net2WiderNet).
"""

from __future__ import annotations

from collections.abc import Iterator

from nodes.activation import PReLU
from nodes.conv import Convolution, TransposedConvolution
from nodes.graph.infer import Inference
from nodes.graph.model import Graph, GraphError, Link
from nodes.graph.surgery_paths import Cut, Weighted, is_elementwise, known_sizes, out_channels
from nodes.graph.surgery_weights import Made, Parted, Picked
from nodes.linear import Linear
from nodes.merge import Concat
from nodes.normalization import ChannelNorm
from nodes.reshape import Flatten
from nodes.spec.node_type import NodeType

Index = tuple[int, ...]  # for each channel there is now, the number of the one it was
SAME_CHANNELS = ("pooling", "dropout")  # families that treat each channel by itself


def widened(inference: Inference, name: str, channels: int) -> Cut:
    """A layer with more channels; those after it take them. Raises GraphError."""
    settings = inference.graph.nodes[name].settings
    if not isinstance(settings, Weighted):
        raise GraphError(f"{name} is no convolution and no Linear, so it has no width of its own.")
    before = out_channels(settings)
    if channels <= before:
        raise GraphError(f"{name} has {before} channels already. Choose more.")
    if getattr(settings, "groups", 1) > 1:
        raise GraphError(f"{name} works in groups, so its channels cannot be copied one by one.")
    index = tuple(number % before for number in range(channels))
    widening = _Widening(inference)
    widening.begin(name, settings, index)
    widening.follow(name, index)
    return Cut(widening.graph, widening.weights, True, f"Widen {name} to {channels}")


class _Widening:
    """Follows what a layer gives to all that read it, up to the layers that take more channels than before."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference
        self.graph: Graph = inference.graph
        self.weights: dict[str, Made] = {}

    def begin(self, name: str, settings: Weighted, index: Index) -> None:
        key = "out_features" if isinstance(settings, Linear) else "out_channels"
        axis = 1 if isinstance(settings, TransposedConvolution) else 0
        self._set(name, settings.replaced(**{key: len(index)}))
        self._pick(name, "weight", axis, index)
        self._pick(name, "bias", 0, index)

    def follow(self, name: str, index: Index) -> None:
        reached = {name: index}
        graph = self._inference.graph
        for other in graph.topology.order[graph.topology.place[name] + 1 :]:
            links = list(graph.incoming(other).values())
            if any(link.source in reached for link in links):
                found = self._through(other, name, [reached.get(link.source) for link in self._in_order(other)])
                if found is not None:
                    reached[other] = found

    def _in_order(self, name: str) -> Iterator[Link]:
        links = self._inference.graph.incoming(name)
        return (links[port.name] for port in self._inference.graph.input_ports(name) if port.name in links)

    def _through(self, name: str, widened_name: str, arriving: list[Index | None]) -> Index | None:
        """What the channels behind a node are copies of; None behind one that takes them in."""
        settings = self._inference.graph.nodes[name].settings
        if isinstance(settings, Concat) and settings.dim == "C":
            return self._joined(name, arriving)
        index = arriving[0]
        if index is None or len(arriving) > 1:
            raise GraphError(
                f"{name} brings what {widened_name} gives together with something else of the same width. "
                "Widen a layer inside the branch, whose result only one layer takes."
            )
        if isinstance(settings, Convolution) and settings.groups > 1:
            return self._depthwise(name, settings, index)
        if isinstance(settings, Weighted):
            self._take(name, settings, index)
            return None
        if isinstance(settings, Flatten):
            return self._flat(name, settings, index)
        if isinstance(settings, ChannelNorm):
            for weight in ("weight", "bias", "running_mean", "running_var"):
                self._pick(name, weight, 0, index)
            return index
        if isinstance(settings, PReLU):
            if settings.num_parameters == "channels":
                self._pick(name, "weight", 0, index)
            return index
        if is_elementwise(settings) or settings.family in SAME_CHANNELS:
            return index
        self._refuse(name, widened_name, settings)
        return None

    def _take(self, name: str, settings: Weighted, index: Index) -> None:
        if isinstance(settings, Linear) and self._input(name)[-1] != len(set(index)):
            raise GraphError(f"{name} multiplies another axis than the channels.")
        axis = 0 if isinstance(settings, TransposedConvolution) else 1
        if getattr(settings, "groups", 1) > 1:
            raise GraphError(f"{name} works in groups, so the channels it takes cannot be copied one by one.")
        self.weights[f"{name}.weight"] = Parted(f"{name}.weight", axis, index)

    def _depthwise(self, name: str, settings: Convolution, index: Index) -> Index:
        if settings.groups != settings.out_channels:
            raise GraphError(f"{name} works in groups, so the channels it takes cannot be copied one by one.")
        self._set(name, settings.replaced(out_channels=len(index), groups=len(index)))
        self._pick(name, "weight", 0, index)
        self._pick(name, "bias", 0, index)
        return index

    def _flat(self, name: str, settings: Flatten, index: Index) -> Index:
        given = self._inference.facts[name].inputs["x"]
        if (settings.start_dim, settings.end_dim) != (1, -1) or not given.axes.startswith("C"):
            raise GraphError(f"{name} does not lay its channels in one row.")
        each = 1
        for size in known_sizes(given, name)[1:]:
            each *= size
        return tuple(channel * each + place for channel in index for place in range(each))

    def _joined(self, name: str, arriving: list[Index | None]) -> Index:
        found: list[int] = []
        offset = 0
        for shape, index in zip(self._inference.facts[name].inputs.values(), arriving, strict=True):
            count = known_sizes(shape, name)[0] if index is None else len(set(index))
            found += [offset + number for number in (index or range(count))]
            offset += count
        return tuple(found)

    def _input(self, name: str) -> tuple[int, ...]:
        [shape] = self._inference.facts[name].inputs.values()
        return known_sizes(shape, name)

    def _set(self, name: str, settings: NodeType) -> None:
        self.graph = self.graph.with_settings(name, settings)

    def _pick(self, name: str, weight: str, axis: int, index: Index) -> None:
        facts = self._inference.facts[name]
        if weight in facts.weights or weight in facts.buffers:
            self.weights[f"{name}.{weight}"] = Picked(f"{name}.{weight}", axis, index)

    def _refuse(self, name: str, widened_name: str, settings: NodeType) -> None:
        if settings.is_loss or settings.family == "boundary":
            raise GraphError(f"What {widened_name} gives leaves at {name}: its width is what the network tells.")
        raise GraphError(
            f"{name} ({settings.torch_name}) stands between {widened_name} and the layers that take its channels, "
            "and would not give the same numbers."
        )
