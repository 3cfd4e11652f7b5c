"""Numbers that come from no data, and numbers that come by chance."""

import torch
from torch import Tensor, nn


class FixedValue(nn.Module):
    """A value that stays as it is, with a batch axis of 1 that is repeated for every sample."""

    value: Tensor

    def __init__(self, value: Tensor) -> None:
        super().__init__()
        self.register_buffer("value", value, persistent=False)

    def forward(self) -> Tensor:
        return self.value[None]


class LearnedValue(nn.Module):
    """A value that is trained, with a batch axis of 1 that is repeated for every sample."""

    def __init__(self, value: Tensor) -> None:
        super().__init__()
        self.value = nn.Parameter(value)

    def forward(self) -> Tensor:
        return self.value[None]


class GaussianSample(nn.Module):
    """Draws from a normal distribution so that gradients reach mean and variance; gives the mean in evaluation."""

    def forward(self, mean: Tensor, log_variance: Tensor) -> Tensor:
        if not self.training:
            return mean
        return mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
