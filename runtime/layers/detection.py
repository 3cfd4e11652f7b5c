"""Layers over the boxes of a picture."""

import torch
from torch import Tensor, nn


class OnBoxes(nn.Module):
    """Applies a RoI pooling to the boxes of each picture: N × C × H × W, N × L × 4 -> N × L × C × h × w."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor, boxes: Tensor) -> Tensor:
        picture = torch.arange(boxes.shape[0], dtype=boxes.dtype, device=boxes.device)
        first = boxes[..., :2]
        last = torch.maximum(first, boxes[..., 2:])  # a box turned inside out is empty
        numbered = torch.cat((picture[:, None, None].expand(-1, boxes.shape[1], 1), first, last), 2)  # N × L × 5
        pooled: Tensor = self.layer(x, numbered.flatten(0, 1))
        return pooled.reshape(*boxes.shape[:2], *pooled.shape[1:])
