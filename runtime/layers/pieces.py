"""Pieces of images."""

from torch import Tensor


def cropped(x: Tensor, size: tuple[int, int], offset: tuple[int, int] | None = None) -> Tensor:
    """A piece of each image: its middle, or what begins ``offset`` rows from the top and columns from the left."""
    height, width = size
    top, left = offset or ((x.shape[-2] - height) // 2, (x.shape[-1] - width) // 2)
    return x.narrow(-2, top, height).narrow(-1, left, width)
