"""What weights can begin with that PyTorch has no function for."""

import torch
from torch import Tensor


def bilinear_(weight: Tensor) -> None:
    """The filters of a transposed convolution begin as interpolation between neighbours, each channel by itself.

    Shape:   C × out_channels/groups × the sides of the kernel, one, two or three.
    Source:  Long, Shelhamer & Darrell 2015, arXiv:1411.4038, section 3.3.
    """
    tent = torch.ones(())
    for size in weight.shape[2:]:
        half = (size + 1) // 2
        middle = half - 1 if size % 2 else half - 0.5
        tent = tent.unsqueeze(-1) * (1 - (torch.arange(size) - middle).abs() / half)
    channels = torch.arange(weight.shape[0])
    with torch.no_grad():
        weight.zero_()
        weight[channels, channels % weight.shape[1]] = tent
