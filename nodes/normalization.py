"""Normalization: values brought to zero mean and unit variance, then scaled and shifted as learned."""

from __future__ import annotations

from dataclasses import dataclass

from nodes.spec.node_type import Arithmetic, NodeType, call_with, node_type
from nodes.spec.settings import flag, integer, real
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
        return _scale_and_shift(self._channels(x)) if self.affine else {}

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


@node_type("group_norm", title="Group normalization", torch_name="GroupNorm", example=(Shape(8, 28, 28),), stem="gn")
class GroupNorm(NodeType):
    """Normalises groups of channels of each sample by itself, so that the batch does not matter.

    Shape:   C, C × L, C × H × W or C × D × H × W, unchanged.
    Weights: C scales and C shifts with affine.
    Errors:  channels not first; channels that cannot be split into num_groups.
    Source:  Wu & He 2018, arXiv:1803.08494.
    """

    num_groups: int = integer(4, low=1, high=65536, doc="Channels are split into this many groups.")
    eps: float = real(
        1e-5, low=1e-12, high=1.0, logarithmic=True, doc="Added to the variance, against division by zero."
    )
    affine: bool = flag(True, doc="Learn a scale and a shift for each channel.")

    def shape(self, x: Shape) -> Shape:
        channels = known(_channels_first(x, self.title)[0], self.title, "its number of channels")
        if channels % self.num_groups:
            fitting = [g for g in range(1, self.num_groups + 1) if channels % g == 0]
            raise ShapeError(
                f"{channels} channels cannot be split into {self.num_groups} groups.",
                f"Set num_groups to {fitting[-1]}.",
                parameter="num_groups",
            )
        return x

    def weights(self, x: Shape) -> dict[str, Shape]:
        return _scale_and_shift(known(x[0], self.title, "its number of channels")) if self.affine else {}

    def module(self, x: Shape) -> str:
        return call_with(self, "nn.GroupNorm", self.num_groups, x[0], skip=("num_groups",))

    def summary(self) -> str:
        return f"{self.num_groups} groups"


@node_type(
    "local_response_norm",
    title="Local response normalization",
    torch_name="LocalResponseNorm",
    example=(Shape(96, 27, 27),),
    stem="lrn",
)
class LocalResponseNorm(NodeType):
    """Divides each number by the sum of squares of its neighbours in the channels beside it.

    Shape:   C × L, C × H × W or C × D × H × W, unchanged; b = a / (k + alpha / size · Σ a²)^beta.
    Weights: none.
    Errors:  channels not first; a vector.
    Source:  Krizhevsky, Sutskever & Hinton 2012, "ImageNet Classification with Deep CNNs", section 3.3.
    """

    size: int = integer(5, low=1, high=1024, doc="How many channels, the own one in the middle, are summed over.")
    alpha: float = real(1e-4, low=1e-9, high=100.0, logarithmic=True, doc="How much the neighbours count.")
    beta: float = real(0.75, low=0.0, high=10.0, doc="The power of the sum.")
    k: float = real(1.0, low=0.001, high=100.0, doc="Added to the sum; AlexNet has 2.")

    def shape(self, x: Shape) -> Shape:
        if len(_channels_first(x, self.title)) < 2:
            raise ShapeError(
                f"{self.title} expects channels with positions, such as an image, got {x.described()}.",
                "Put it where the value is still an image.",
            )
        return x

    def module(self, x: Shape) -> str:
        return call_with(self, "nn.LocalResponseNorm", self.size, skip=("size",))

    def summary(self) -> str:
        return f"over {self.size} channels"


def _scale_and_shift(channels: int) -> dict[str, Shape]:
    return {"weight": Shape(channels), "bias": Shape(channels)}


def _channels_first(x: Shape, title: str) -> Shape:
    if not x.as_real(title).axes.startswith("C"):
        raise ShapeError(
            f"{title} expects channels first, as in an image (C × H × W), got {x.described()}.",
            "Put it where the first axis is C.",
        )
    return x
