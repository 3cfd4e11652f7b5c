"""Batch normalisation over the samples of all processes."""

from __future__ import annotations

from functools import cache
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm


class _Summed(torch.autograd.Function):
    """The sum over all processes; its gradient is the sum of theirs."""

    @staticmethod
    def forward(context: Any, part: Tensor) -> Tensor:
        whole = part.clone()
        dist.all_reduce(whole)
        return whole

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> Tensor:
        whole = gradient.clone()
        dist.all_reduce(whole)
        return whole


class _Synchronised:
    """Mixed into a batch normalisation: mean and variance are the whole batch's.

    torch's SyncBatchNorm does the same, but refuses the CPU.
    """

    def forward(self: Any, x: Tensor) -> Tensor:
        """Shape: N × C × … -> the same."""
        if not (self.training and dist.is_initialized()):
            return super().forward(x)  # type: ignore[misc,no-any-return]
        kind, x = x.dtype, x.float() if x.dtype.itemsize < 4 else x  # sums of halves would be wrong
        over = [0, *range(2, x.dim())]
        shape = [1, -1, *[1] * (x.dim() - 2)]
        counted = torch.cat([x.sum(over), x.new_tensor([x.numel() / x.shape[1]])])
        sums: Any = _Summed.apply(counted)
        count = sums[-1].detach()
        mean = sums[:-1] / count
        centred = x - mean.view(shape)
        squares: Any = _Summed.apply(centred.square().sum(over))
        variance = squares / count
        self._remember(mean.detach(), variance.detach() * count / (count - 1))
        normal: Tensor = centred * (variance + self.eps).rsqrt().view(shape)
        if self.weight is not None:
            normal = normal * self.weight.view(shape) + self.bias.view(shape)
        return normal.to(kind)

    @torch.no_grad()
    def _remember(self: Any, mean: Tensor, variance: Tensor) -> None:
        if not self.track_running_stats:
            return
        self.num_batches_tracked.add_(1)
        share = 1 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
        self.running_mean.lerp_(mean, share)
        self.running_var.lerp_(variance, share)


@cache
def _synchronised(kind: Any) -> Any:
    return type(kind.__name__, (_Synchronised, kind), {})


def synchronise(module: nn.Module) -> None:
    """Makes every batch normalisation see all processes; names and weights stay as they are."""
    for layer in module.modules():
        if isinstance(layer, _BatchNorm):
            kind: Any = type(layer)
            layer.__class__ = _synchronised(kind)
