"""Which layers of a module are watched, and what each of them is."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from nodes.graph.analysis import Layer, layers
from nodes.graph.infer import infer
from nodes.graph.model import Graph
from nodes.graph.muting import without_muted

RECTIFIERS = (nn.ReLU, nn.ReLU6, nn.Threshold)
BOUNDS: dict[type[nn.Module], tuple[float, float]] = {
    nn.Tanh: (-0.9747, 0.9747),  # where 1 − y² is 1/20
    nn.Sigmoid: (0.0127, 0.9873),  # where y · (1 − y) is a twentieth of 1/4
    nn.Hardtanh: (-0.9999, 0.9999),
    nn.Hardsigmoid: (0.0001, 0.9999),
    nn.Softsign: (-0.7764, 0.7764),  # where (1 − |y|)² is 1/20
}
"""Between which results a squashing layer still has a slope: at least a twentieth of its largest."""
PASSING = (nn.Flatten, nn.Identity, nn.Unflatten, nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d)
MOST = 300  # layers: beyond that, those within blocks are passed over


@dataclass(frozen=True)
class WatchedLayer:
    """One layer: where it stands, its module, the axis of its units, and the weights that are its own."""

    path: str
    node: str  # on the canvas
    module: nn.Module
    unit_axis: int = 1  # of its output, batch axis counted
    weights: tuple[Tensor, ...] = ()  # that are trained
    is_block: bool = False  # its numbers of weights are those of the layers within

    @property
    def is_rectifier(self) -> bool:
        return isinstance(self.module, RECTIFIERS)

    @property
    def bounds(self) -> tuple[float, float] | None:
        return BOUNDS.get(type(self.module))


def watched_layers(graph: Graph, module: nn.Module) -> list[WatchedLayer]:
    """The layers that have a module, in the order of calculation, blocks before what is in them."""
    inference = infer(without_muted(graph))
    rows = layers(inference)
    inner = layers(inference, expanded=True)
    if len(inner) > MOST:
        inner = rows
    within: dict[str, list[Layer]] = {}
    for row in inner:
        within.setdefault(row.node, []).append(row)
    found: list[WatchedLayer] = []
    for row in rows:
        parts = within.get(row.node, [row])
        is_block = [part.path for part in parts] != [row.path]
        for one in (row, *parts) if is_block else (row,):
            made = _made(one, module, is_block=is_block and one is row)
            if made:
                found.append(made)
    return found


def _made(row: Layer, module: nn.Module, *, is_block: bool) -> WatchedLayer | None:
    if row.settings.is_loss:
        return None
    try:
        layer = module.get_submodule(row.path)
    except AttributeError:  # calculated without a module
        return None
    if isinstance(layer, PASSING):
        return None
    shape = next(iter(row.outputs.values()), None)
    axis = shape.axes.index("C") + 1 if shape is not None and "C" in shape.axes else 1
    trained = () if is_block else tuple(weight for weight in layer.parameters() if weight.requires_grad)
    return WatchedLayer(row.path, row.node, layer, axis, trained, is_block)
