"""Layers and functions of attention that PyTorch does not have."""

import math

import torch
from torch import Tensor, nn


def causal_mask(query: Tensor, key: Tensor) -> Tensor:
    """Which steps of the key each step of the query may not look at: those that come later. L × S"""
    shape = query.shape[1], key.shape[1]
    return torch.ones(shape, dtype=torch.bool, device=query.device).triu(1)


def padding_mask(indices: Tensor, index: int) -> Tensor:
    """Which steps only fill a sequence up, and are not looked at; none of a sequence that is nothing else. N × S"""
    mask = indices == index
    return mask & ~mask.all(dim=1, keepdim=True)


class SinusoidalPositions(nn.Module):
    """Adds sines and cosines of each step's position: N × L × C -> N × L × C"""

    def __init__(self, channels: int, max_length: int) -> None:
        super().__init__()
        rates = torch.exp(torch.arange(0, channels, 2) * (-math.log(10_000.0) / channels))
        angles = torch.arange(max_length)[:, None] * rates
        table = torch.zeros(max_length, channels)
        table[:, 0::2] = angles.sin()
        table[:, 1::2] = angles.cos()[:, : channels // 2]
        self.register_buffer("table", table, persistent=False)
        self.table: Tensor

    def forward(self, x: Tensor) -> Tensor:
        return x + self.table[: x.shape[1]]


class LearnedPositions(nn.Module):
    """Adds a learned vector for each step's position: N × L × C -> N × L × C"""

    def __init__(self, channels: int, max_length: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(max_length, channels).normal_(std=0.02))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.weight[: x.shape[1]]


class ClassToken(nn.Module):
    """Puts a learned step before a sequence: N × L × C -> N × L + 1 × C"""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.token = nn.Parameter(torch.zeros(1, 1, channels))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.token.expand(x.shape[0], -1, -1), x], dim=1)


class SoftSpatialAttention(nn.Module):
    """Looks at a picture as a state asks for: N × C × H × W and N × S -> N × C, and the weights N × H × W"""

    def __init__(self, channels: int, state_size: int, attention_size: int) -> None:
        super().__init__()
        self.features = nn.Linear(channels, attention_size)
        self.state = nn.Linear(state_size, attention_size)
        self.score = nn.Linear(attention_size, 1)

    def forward(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        places = x.flatten(2).transpose(1, 2)  # N × H·W × C
        seen = torch.tanh(self.features(places) + self.state(state)[:, None])
        weights = self.score(seen).softmax(dim=1)  # N × H·W × 1
        context = (places.transpose(1, 2) @ weights).squeeze(2)
        return context, weights.view(-1, *x.shape[2:])
