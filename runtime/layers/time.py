"""Layers over the steps of a sequence."""

from torch import Tensor, nn


class OverTime(nn.Module):
    """Applies a layer to every step of a sequence by itself: N × L × … -> N × L × …"""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, *values: Tensor) -> Tensor | tuple[Tensor, ...]:
        steps = values[0].shape[:2]
        result = self.layer(*(value.flatten(0, 1) for value in values))
        if isinstance(result, tuple):
            return tuple(one.unflatten(0, steps) for one in result)
        unflattened: Tensor = result.unflatten(0, steps)
        return unflattened
