"""Attention within windows of an image, which PyTorch has only inside torchvision's networks."""

import math

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn


def window_shift(sizes: tuple[int, int], window: tuple[int, int], shift: tuple[int, int]) -> tuple[int, int]:
    """How far windows are shifted along height and width: not where one window holds all."""
    down, right = (0 if w >= size else s for size, w, s in zip(sizes, window, shift, strict=True))
    return down, right


def window_layout(
    rows: int, high: int, columns: int, wide: int, grid: bool
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Height and width taken apart, the order that puts a window's places together, and the order back.

    Neighbours are a window, or in a grid places that lie evenly over the image. Axis 0 is the batch, the last C.
    """
    if grid:
        return (high, rows, wide, columns), (0, 2, 4, 1, 3, 5), (0, 3, 1, 4, 2, 5)
    return (rows, high, columns, wide), (0, 1, 3, 2, 4, 5), (0, 1, 3, 2, 4, 5)


def window_mask(
    height: int, width: int, window: tuple[int, int], shift: tuple[int, int], device: torch.device
) -> Tensor:
    """-100 for two places of a shifted window that were no neighbours, else 0: windows × 1 × places × places"""
    number = torch.zeros(height, width, device=device)
    for row, top in enumerate((-window[0], -shift[0])):
        number[top:] = 3 * (row + 1) if shift[0] else 0
    column = torch.zeros(width, device=device)
    for place, left in enumerate((-window[1], -shift[1])):
        column[left:] = place + 1 if shift[1] else 0
    number = number + column
    rows, columns = height // window[0], width // window[1]
    parts = number.view(rows, window[0], columns, window[1]).transpose(1, 2).reshape(rows * columns, -1)
    return torch.where(parts[:, None] == parts[:, :, None], 0.0, -100.0)[:, None]


class ShiftedWindowAttention(nn.Module):
    """Places of an image look at those of their window: N × H × W × C, or N × C × H × W, unchanged in size."""

    def __init__(
        self,
        channels: int,
        num_heads: int,
        window_size: int | tuple[int, int],
        shift_size: int | tuple[int, int] = 0,
        cosine: bool = False,
        grid: bool = False,
        qkv_bias: bool = True,
        proj_bias: bool = True,
        attention_dropout: float = 0.0,
        dropout: float = 0.0,
        channels_first: bool = False,
    ) -> None:
        super().__init__()
        self.num_heads = num_heads
        high, wide = (window_size, window_size) if isinstance(window_size, int) else window_size
        self.window_size = high, wide
        self.shift_size = (shift_size, shift_size) if isinstance(shift_size, int) else shift_size
        if self.shift_size[0] >= high or self.shift_size[1] >= wide or (grid and self.shift_size != (0, 0)):
            raise ValueError("a shift has to be smaller than the window, and a grid has none")
        self.cosine, self.grid, self.attention_dropout, self.dropout = cosine, grid, attention_dropout, dropout
        self.channels_first = channels_first
        self.qkv = nn.Linear(channels, 3 * channels, bias=qkv_bias)
        self.proj = nn.Linear(channels, channels, bias=proj_bias)
        places = torch.stack(torch.meshgrid(torch.arange(high), torch.arange(wide), indexing="ij")).flatten(1)
        apart = places[:, :, None] - places[:, None, :]
        index = (apart[0] + high - 1) * (2 * wide - 1) + apart[1] + wide - 1
        self.register_buffer("relative_position_index", index.flatten(), persistent=False)
        self.relative_position_index: Tensor
        if cosine:
            self.logit_scale = nn.Parameter(torch.full((num_heads, 1, 1), math.log(10.0)))
            self.cpb_mlp = nn.Sequential(nn.Linear(2, 512), nn.ReLU(), nn.Linear(512, num_heads, bias=False))
            rows, columns = torch.arange(1.0 - high, high), torch.arange(1.0 - wide, wide)
            shares = rows / max(high - 1, 1), columns / max(wide - 1, 1)
            far = torch.stack(torch.meshgrid(*shares, indexing="ij"), dim=-1) * 8
            table = far.sign() * torch.log2(far.abs() + 1) / 3
            self.register_buffer("relative_coords_table", table, persistent=False)
            self.relative_coords_table: Tensor
        else:
            count = (2 * high - 1) * (2 * wide - 1)
            self.relative_position_bias_table = nn.Parameter(torch.empty(count, num_heads).normal_(std=0.02))

    def position_bias(self) -> Tensor:
        """What is added to the scores: heads × places × places"""
        if self.cosine:
            table: Tensor = self.cpb_mlp(self.relative_coords_table).view(-1, self.num_heads)
        else:
            table = self.relative_position_bias_table
        places = self.window_size[0] * self.window_size[1]
        bias = table[self.relative_position_index].view(places, places, self.num_heads).permute(2, 0, 1)
        if self.cosine:
            bias = 16 * bias.sigmoid()
        return bias

    def offsets(self) -> Tensor | None:
        """What is added to queries, keys and values; cosines leave the keys alone."""
        bias = self.qkv.bias
        if not self.cosine or bias is None:
            return bias
        channels = len(bias) // 3
        return torch.cat([bias[:channels], torch.zeros_like(bias[:channels]), bias[2 * channels :]])

    def scales(self) -> Tensor:
        """What cosines are multiplied by, at most 100: heads × 1 × 1"""
        return self.logit_scale.clamp(max=math.log(100.0)).exp()

    def forward(self, x: Tensor) -> Tensor:
        if self.channels_first:
            x = x.permute(0, 2, 3, 1)
        height, width, channels = x.shape[1:]
        high, wide = self.window_size
        below, beside = -height % high, -width % wide
        x = F.pad(x, (0, 0, 0, beside, 0, below))
        rows, columns = (height + below) // high, (width + beside) // wide
        down, right = window_shift((height + below, width + beside), self.window_size, self.shift_size)
        if down or right:
            x = x.roll((-down, -right), (1, 2))
        sizes, order, back = window_layout(rows, high, columns, wide, self.grid)
        windows = x.view(-1, *sizes, channels).permute(order).reshape(-1, high * wide, channels)
        parts = F.linear(windows, self.qkv.weight, self.offsets())
        q, k, v = parts.view(*parts.shape[:2], 3, self.num_heads, -1).permute(2, 0, 3, 1, 4)
        if self.cosine:
            scores = F.normalize(q, dim=-1) @ F.normalize(k, dim=-1).transpose(-2, -1)
            scores = scores * self.scales()
        else:
            scores = q * (channels // self.num_heads) ** -0.5 @ k.transpose(-2, -1)
        scores = scores + self.position_bias()
        if down or right:
            mask = window_mask(height + below, width + beside, self.window_size, (down, right), x.device)
            scores = scores.view(-1, rows * columns, *scores.shape[1:]) + mask
            scores = scores.view(-1, *scores.shape[2:])
        weights = F.dropout(scores.softmax(-1), self.attention_dropout, self.training)
        mixed = (weights @ v).transpose(1, 2).reshape(-1, high * wide, channels)
        mixed = F.dropout(self.proj(mixed), self.dropout, self.training)
        x = mixed.view(-1, rows, columns, high, wide, channels).permute(back).reshape(-1, *x.shape[1:])
        if down or right:
            x = x.roll((down, right), (1, 2))
        x = x[:, :height, :width]
        return x.permute(0, 3, 1, 2) if self.channels_first else x
