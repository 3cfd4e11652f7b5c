"""Layers over the boxes of a picture."""

import torch
from torch import Tensor, nn


class OnBoxes(nn.Module):
    """Applies a RoI pooling to the boxes of each picture: N × C × H × W, N × L × 4 -> N × L × C × h × w."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor, boxes: Tensor) -> Tensor:
        x1, y1, x2, y2 = boxes.detach().unbind(2)  # a pooling of regions gives boxes no gradient
        picture = torch.arange(boxes.shape[0], dtype=boxes.dtype, device=boxes.device)[:, None].expand_as(x1)
        # a box that is turned inside out is empty
        numbered = torch.stack((picture, x1, y1, torch.maximum(x1, x2), torch.maximum(y1, y2)), 2)  # N × L × 5
        pooled: Tensor = self.layer(x, numbered.flatten(0, 1))
        return pooled.reshape(*boxes.shape[:2], *pooled.shape[1:])
