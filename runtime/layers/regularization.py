"""Noise while training that PyTorch and torchvision have no layer for."""

import torch
from torch import Tensor, nn


class GaussianNoise(nn.Module):
    """Adds normal noise while training; changes nothing afterwards."""

    def __init__(self, std: float = 0.1) -> None:
        super().__init__()
        self.std = std

    def forward(self, x: Tensor) -> Tensor:
        return x + self.std * torch.randn_like(x) if self.training else x


class DropPath(nn.Module):
    """The mean of branches; while training each sample loses each branch with probability p, but never all."""

    def __init__(self, p: float = 0.15) -> None:
        super().__init__()
        self.p = p

    def forward(self, *branches: Tensor) -> Tensor:
        count, first = len(branches), branches[0]
        if not self.training or self.p == 0:
            return torch.stack(branches).mean(0)
        kept = torch.rand(first.shape[0], count, device=first.device) >= self.p  # N × branches
        spared = torch.randint(count, (first.shape[0], 1), device=first.device)
        kept = kept | (~kept.any(1, keepdim=True) & (torch.arange(count, device=first.device) == spared))
        share = (kept / kept.sum(1, keepdim=True)).to(first.dtype)
        ones = (1,) * (first.dim() - 1)
        total = first * share[:, 0].view(-1, *ones)
        for number, branch in enumerate(branches[1:], start=1):
            total = total + branch * share[:, number].view(-1, *ones)
        return total
