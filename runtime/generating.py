"""Samples that a generative network makes from chance alone: a generator's, or a variational autoencoder's."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from nodes.spec.shapes import Shape
from runtime.checkpoint import LoadedRun
from runtime.data.binding import bind
from runtime.data.dataset import NOISE, Affine, DataSet
from runtime.faults import RefusalError

CODE = "GaussianSample"  # the layer that draws the code of a variational autoencoder
SCALE = 4  # of pictures in a sheet, where they are small
SMALL, GAP = 64, 2  # pixels


def generated(loaded: LoadedRun, count: int, seed: int = 0) -> Tensor:
    """N samples as the network gives them, from normally distributed numbers. Raises RefusalError without any."""
    data, names = loaded.dataset, bind(loaded.network.graph, loaded.dataset).forward
    codes = [layer for layer in loaded.module.modules() if type(layer).__name__ == CODE]
    if NOISE not in names and not codes:
        raise RefusalError(
            "This network makes nothing from chance: it has neither an Input with the field noise nor a code that is "
            "drawn.",
            "Sample a run of an adversarial network or of a variational autoencoder.",
        )
    generator = torch.Generator().manual_seed(seed)
    values = [_beginning(data, name, count, generator) for name in names]

    def draw(layer: nn.Module, given: tuple[Tensor, ...], mean: Tensor) -> Tensor:
        return torch.randn(mean.shape, generator=generator)

    handles = [layer.register_forward_hook(draw) for layer in codes]
    try:
        with torch.inference_mode():
            result = loaded.module(*values)
    finally:
        for handle in handles:
            handle.remove()
    made: Tensor = result if isinstance(result, Tensor) else result[0]
    return made


def _beginning(data: DataSet, name: str, count: int, generator: torch.Generator) -> Tensor:
    """Noise; of other fields, which a code that is drawn makes without meaning, zeros."""
    size = (count, *data.columns[name].shape[1:])
    return torch.randn(size, generator=generator) if name == NOISE else torch.zeros(size)


def as_raw(data: DataSet, made: Tensor) -> Tensor:
    """Made samples in the numbers of the field of the data that they are like; as they are where there is none."""
    for field in data.fields:
        if field.shape == Shape(*made.shape[1:], axes=field.shape.axes) and not (field.is_made or field.is_target):
            affine = data.affine(field.name)
            return (made - affine.offset) / affine.scale if isinstance(affine, Affine) else made
    return made


def write_sheet(pictures: Tensor, high: float, path: Path) -> None:
    """Pictures N × C × H × W, from 0 to ``high``, side by side in one file. Raises OSError."""
    count, channels, height, width = pictures.shape
    scale = SCALE if max(height, width) <= SMALL else 1
    shown = (pictures / high * 255).clamp(0, 255).byte().repeat_interleave(scale, 2).repeat_interleave(scale, 3)
    across = math.ceil(math.sqrt(count))
    down = math.ceil(count / across)
    tall, wide = height * scale + GAP, width * scale + GAP
    sheet = np.zeros((down * tall - GAP, across * wide - GAP, channels), dtype=np.uint8)
    for number, picture in enumerate(shown.permute(0, 2, 3, 1).numpy()):
        top, left = number // across * tall, number % across * wide
        sheet[top : top + height * scale, left : left + width * scale] = picture
    Image.fromarray(sheet[:, :, 0] if channels == 1 else sheet).save(path)
