"""Normalization: values brought to zero mean and unit variance, then scaled and shifted as learned."""

from __future__ import annotations

from dataclasses import dataclass

from nodes.spec.node_type import Arithmetic, NodeType, call_with, node_type
from nodes.spec.settings import flag, real
from nodes.spec.shapes import Shape, ShapeError, known


@dataclass(frozen=True)
class BatchNorm(NodeType):
    """What batch normalizations share: one mean and one variance for each channel.

    Multiply-adds are counted as none, as published counts do: after training they merge into the layer before.
    """

    eps: float = real(
        1e-5, low=1e-12, high=1.0, logarithmic=True, doc="Added to the variance, against division by zero."
    )
    momentum: float | None = real(
        0.1, low=0.0, high=1.0, optional="plain average of all batches", doc="Share of a new batch in the averages."
    )
    affine: bool = flag(True, doc="Learn a scale and a shift for each channel.")
    track_running_stats: bool = flag(
        True, doc="Keep running averages and use them after training; else each batch is normalised by itself."
    )

    def weights(self, x: Shape) -> dict[str, Shape]:
        channels = self._channels(x)
        return {"weight": Shape(channels), "bias": Shape(channels)} if self.affine else {}

    def buffers(self, x: Shape) -> dict[str, Shape]:
        if not self.track_running_stats:
            return {}
        channels = self._channels(x)
        return {"running_mean": Shape(channels), "running_var": Shape(channels), "num_batches_tracked": Shape()}

    def arithmetic(self, x: Shape) -> tuple[Arithmetic, ...]:
        channels = self._channels(x)
        return (Arithmetic("Weights", (f"2 · {channels} = {2 * channels}",)),) if self.affine else ()

    def module(self, x: Shape) -> str:
        return call_with(self, f"nn.{self.torch_name}", self._channels(x))

    def _channels(self, x: Shape) -> int:
        return known(x[0], self.title, "its number of channels")


@node_type(
    "batch_norm1d", title="Batch normalization 1-D", torch_name="BatchNorm1d", example=(Shape(120),), stem="bn"
)
class BatchNorm1d(BatchNorm):
    """Normalises each number of a vector over the batch; of a signal, each channel over batch and time.

    Shape:   C or C × L, unchanged.
    Weights: C scales and C shifts with affine.
    Errors:  neither a vector nor a signal.
    Source:  Ioffe & Szegedy 2015, arXiv:1502.03167.
    """

    def shape(self, x: Shape) -> Shape:
        x.as_real(self.title)
        if x.axes not in ("C", "CL"):
            raise ShapeError(
                f"{self.title} expects a vector (C) or a signal (C × L), got {x.described()}.",
                "Use BatchNorm2d instead." if x.axes == "CHW" else "Put it where the value is a vector.",
            )
        self._channels(x)
        return x


@node_type(
    "batch_norm2d", title="Batch normalization 2-D", torch_name="BatchNorm2d", example=(Shape(6, 28, 28),), stem="bn"
)
class BatchNorm2d(BatchNorm):
    """Normalises each channel over the batch and all positions.

    Shape:   C × H × W, unchanged.
    Weights: C scales and C shifts with affine.
    Errors:  not an image.
    Source:  Ioffe & Szegedy 2015, arXiv:1502.03167.
    """

    def shape(self, x: Shape) -> Shape:
        x.as_image(self.title)
        self._channels(x)
        return x
