"""Numbers as pictures: many small ones side by side in one PNG file."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

MOST_TILES = 256
LEAST_SIDE = 32  # px that a tile is enlarged to, by whole numbers
GAP = 1


@dataclass(frozen=True)
class Sheet:
    """A PNG file of tiles, row by row; each is ``width`` × ``height``, with a gap of ``gap`` between them."""

    path: Path
    columns: int
    count: int
    width: int
    height: int
    gap: int = GAP

    def written(self) -> dict[str, Any]:
        """As an answer tells it."""
        return {
            "path": str(self.path),
            "columns": self.columns,
            "count": self.count,
            "tile": [self.width, self.height],
            "gap": self.gap,
        }


def evened(values: Tensor, *, by_tile: bool, around_zero: bool = False) -> Tensor:
    """Values brought to 0 … 1, each tile by itself or all alike; ``around_zero``: zero becomes a half."""
    axes = tuple(range(1, values.dim())) if by_tile else tuple(range(values.dim()))
    if around_zero:
        reach = values.abs().amax(axes, keepdim=True).clamp(min=1e-12)
        return values / (2 * reach) + 0.5
    low, high = values.amin(axes, keepdim=True), values.amax(axes, keepdim=True)
    return (values - low) / (high - low).clamp(min=1e-12)


def write_sheet(tiles: Tensor, path: Path, *, columns: int = 0, colours: str = "grey") -> Sheet:
    """Writes tiles N × C × H × W of 0 … 1, of three channels or one; ``colours`` is "grey" or a map of matplotlib."""
    count, _, height, width = tiles.shape
    scale = max(1, -(-LEAST_SIDE // max(height, width)))
    columns = columns or math.ceil(math.sqrt(count * height / width)) or 1
    rows = -(-count // columns)
    pixels = coloured(tiles, colours)
    pixels = pixels.repeat(scale, 1).repeat(scale, 2)
    height, width = height * scale, width * scale
    sheet = np.zeros((rows * (height + GAP) - GAP, columns * (width + GAP) - GAP, 4), np.uint8)
    for number in range(count):
        top, left = number // columns * (height + GAP), number % columns * (width + GAP)
        sheet[top : top + height, left : left + width, :3] = pixels[number]
        sheet[top : top + height, left : left + width, 3] = 255
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(sheet).save(path)
    return Sheet(path, columns, count, width, height)


def coloured(tiles: Tensor, colours: str) -> NDArray[np.uint8]:
    """N × H × W × 3 bytes of tiles N × C × H × W."""
    tiles = tiles.detach().clamp(0, 1)
    if tiles.shape[1] not in (1, 3):
        tiles = tiles[:, :3] if tiles.shape[1] > 3 else tiles[:, :1]
    if tiles.shape[1] == 3 or colours == "grey":
        return np.asarray((tiles.expand(-1, 3, -1, -1) * 255).round().byte().permute(0, 2, 3, 1).numpy())
    import matplotlib

    steps = (matplotlib.colormaps[colours](np.linspace(0, 1, 256))[:, :3] * 255).round().astype(np.uint8)
    return np.asarray(steps[(tiles[:, 0] * 255).round().byte().numpy()])


def as_pictures(raw: Tensor, high: float | None) -> Tensor:
    """Raw values of a picture field as N × 1 or 3 × H × W of 0 … 1."""
    values = raw.float()
    values = values / high if high else evened(values, by_tile=False)
    return values if values.shape[1] in (1, 3) else values[:, :1]


def laid_over(pictures: Tensor, heat: Tensor, share: float = 0.5) -> Tensor:
    """Maps N × H × W of 0 … 1 in warm colours over pictures N × C × H × W, as N × 3 × H × W."""
    warm = torch.from_numpy(coloured(heat[:, None], "inferno")).permute(0, 3, 1, 2).float() / 255
    alpha = share * (0.35 + 0.65 * heat[:, None])
    return pictures.expand(-1, 3, -1, -1) * (1 - alpha) + warm * alpha
