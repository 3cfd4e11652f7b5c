"""Weights as they are: filters as pictures, templates of a linear classifier, histograms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from runtime.faults import RefusalError
from runtime.insight.tiles import MOST_TILES, evened, write_sheet
from runtime.insight.trained import Trained, whole_sizes

BINS = 40
CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)


def filters(trained: Trained, path: str, folder: Path, channel: int = 0) -> dict[str, Any]:
    """The filters of a convolution, a tile each: in colour where it sees three channels, else one input channel.

    A linear layer straight behind the pictures gives its templates, a tile for each of its units.
    """
    layer = dict(trained.module.named_modules()).get(path)
    if isinstance(layer, nn.Linear):
        tiles, seen = _templates(trained, layer, path), trained.picture.shape[0]
    elif isinstance(layer, CONVOLUTIONS):
        tiles, seen = _kernels(layer, channel), int(layer.weight.shape[1])
    else:
        raise RefusalError(f"{path} has no filters.", "Choose a convolution, or a Linear behind the pictures.")
    shown = tiles[:MOST_TILES]
    name = f"filters-{path.replace('.', '-')}-{channel}.png"
    sheet = write_sheet(evened(shown, by_tile=False, around_zero=True), folder / name)
    return sheet.written() | {
        "filters": len(tiles),
        "channels": seen,
        "in_colour": shown.shape[1] == 3,
        "largest": float(shown.abs().max()),
    }


def histograms(trained: Trained) -> dict[str, Any]:
    """How the numbers of each weight are spread, and their mean and deviation."""
    found = []
    for name, weight in trained.module.named_parameters():
        values = weight.detach().flatten().float()
        low, high = float(values.min()), float(values.max())
        high = high if high > low else low + 1e-6
        counts = torch.histc(values, BINS, low, high)
        found.append(
            {
                "weight": name,
                "node": name.partition(".")[0],
                "shape": list(weight.shape),
                "low": low,
                "high": high,
                "counts": counts.long().tolist(),
                "mean": float(values.mean()),
                "std": float(values.std(correction=0)),
            }
        )
    return {"weights": found}


def _kernels(layer: nn.Module, channel: int) -> Tensor:
    """N × 3 or 1 × height × width."""
    weight: Tensor = layer.weight.detach()  # type: ignore[operator]
    if isinstance(layer, nn.ConvTranspose1d | nn.ConvTranspose2d | nn.ConvTranspose3d):
        weight = weight.transpose(0, 1)
    if weight.dim() == 3:
        weight = weight[:, :, None]
    elif weight.dim() == 5:
        weight = weight[:, :, weight.shape[2] // 2]
    if weight.shape[1] == 3:
        return weight
    if not 0 <= channel < weight.shape[1]:
        raise RefusalError(f"There is no input channel {channel}.", f"Choose one from 0 to {weight.shape[1] - 1}.")
    return weight[:, channel : channel + 1]


def _templates(trained: Trained, layer: nn.Linear, path: str) -> Tensor:
    shape = trained.picture.shape
    if layer.in_features != shape.numel:
        raise RefusalError(
            f"{path} does not see the pictures themselves.", "Templates are those of a Linear straight behind them."
        )
    return layer.weight.detach().view(-1, *whole_sizes(shape))[:, :3]
