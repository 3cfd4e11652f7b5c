"""Normalization: values brought to zero mean and unit variance, then scaled and shifted as learned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, NoReturn

from nodes.spec.elementwise import AlongAxis
from nodes.spec.fixes import insert, replace_by, set_to
from nodes.spec.node_type import Arithmetic, NodeType, call_with, node_type
from nodes.spec.settings import flag, integer, real
from nodes.spec.shapes import KIND_BY_AXES, Shape, ShapeError, known
from nodes.spec.sizes import Size
from nodes.spec.spatial import RANKS, nearest_divisor, require_channels_first
from nodes.spec.work import NORM, times

EPS = "Added to the variance, against division by zero."


def _eps() -> Any:
    return real(1e-5, low=1e-12, high=1.0, logarithmic=True, doc=EPS)


@dataclass(frozen=True)
class ChannelNorm(NodeType):
    """What batch and instance normalizations share: a scale, a shift and averages for each channel.

    Multiply-adds are counted as none, as published counts do: after training they merge into the layer before.
    """

    taken: ClassVar[tuple[str, ...]] = ("CHW",)  # axes of the values it takes

    eps: float = _eps()
    momentum: float | None = real(
        0.1, low=0.0, high=1.0, optional="plain average of all batches", doc="Share of a new batch in the averages."
    )
    affine: bool = flag(True, doc="Learn a scale and a shift for each channel.")
    track_running_stats: bool = flag(
        True, doc="Keep running averages and use them after training; else each batch is normalised by itself."
    )
    bias: bool = flag(True, doc="With affine: learn a shift beside the scale.", advanced=True)

    def shape(self, x: Shape) -> Shape:
        if x.as_real(self.title).axes not in self.taken:
            self._refuse(x)
        self._channels(x)
        return x

    def weights(self, x: Shape) -> dict[str, Shape]:
        return _scale_and_shift(self._channels(x), self.bias) if self.affine else {}

    def buffers(self, x: Shape) -> dict[str, Shape]:
        if not self.track_running_stats:
            return {}
        channels = self._channels(x)
        return {"running_mean": Shape(channels), "running_var": Shape(channels), "num_batches_tracked": Shape()}

    def operations(self, x: Shape) -> dict[str, Size]:
        return times(x.numel, NORM)

    def arithmetic(self, x: Shape) -> tuple[Arithmetic, ...]:
        channels = self._channels(x)
        if not (self.affine and self.bias):
            return ()
        return (Arithmetic("Weights", (f"2 · {channels} = {2 * channels}",)),)

    def module(self, x: Shape) -> str:
        return _shifting(call_with(self, f"nn.{self.torch_name}", self._channels(x), skip=("bias",)), self)

    def _channels(self, x: Shape) -> int:
        return known(x[0], self.title, "its number of channels")

    def _refuse(self, x: Shape) -> NoReturn:
        kinds = " or ".join(f"{KIND_BY_AXES[axes]} ({' × '.join(axes)})" for axes in self.taken)
        fact = f"{self.title} expects {kinds}, got {x.described()}."
        family, sibling = self.type_id[:-2], RANKS.get(x.axes)
        if sibling:
            name = f"{self.torch_name[:-2]}{sibling}"
            raise ShapeError(fact, f"Use {name} instead.", kind="rank", fixes=(replace_by(f"{family}{sibling}"),))
        if x.axes == "C" and family == "batch_norm":
            raise ShapeError(fact, "Use BatchNorm1d instead.", kind="rank", fixes=(replace_by("batch_norm1d"),))
        if x.axes == "LC":
            remedy = "Insert a Permute to CL before it" + (
                "." if "CL" in self.taken else f", and use {self.torch_name[:-2]}1d."
            )
            raise ShapeError(fact, remedy, kind="rank", fixes=(insert("permute", order="CL"),))
        raise ShapeError(fact, f"Put it where the value is {KIND_BY_AXES[self.taken[0]]}.", kind="rank")


@node_type(
    "batch_norm1d",
    title="Batch normalization 1-D",
    torch_name="BatchNorm1d",
    example=(Shape(120),),
    stem="bn",
    also=("BN",),
)
class BatchNorm1d(ChannelNorm):
    """Normalises each number of a vector over the batch; of a signal, each channel over batch and time.

    Shape:   C or C × L, unchanged.
    Weights: C scales and C shifts with affine.
    Errors:  neither a vector nor a signal.
    Source:  Ioffe & Szegedy 2015, arXiv:1502.03167.
    """

    taken: ClassVar[tuple[str, ...]] = ("C", "CL")


@node_type(
    "batch_norm2d",
    title="Batch normalization 2-D",
    torch_name="BatchNorm2d",
    example=(Shape(6, 28, 28),),
    stem="bn",
    also=("BN",),
)
class BatchNorm2d(ChannelNorm):
    """Normalises each channel over the batch and all positions.

    Put it after a convolution or Linear and before the nonlinearity: training then bears larger learning rates
    and hardly depends on how the weights began.

    Shape:   C × H × W, unchanged.
    Weights: C scales and C shifts with affine.
    Errors:  not an image.
    Source:  Ioffe & Szegedy 2015, arXiv:1502.03167.
    """


@node_type(
    "batch_norm3d",
    title="Batch normalization 3-D",
    torch_name="BatchNorm3d",
    example=(Shape(6, 8, 14, 14),),
    stem="bn",
    also=("BN",),
)
class BatchNorm3d(ChannelNorm):
    """Normalises each channel of a volume over the batch and all positions.

    Shape:   C × D × H × W, unchanged.
    Weights: C scales and C shifts with affine.
    Errors:  not a volume.
    Source:  Ioffe & Szegedy 2015, arXiv:1502.03167.
    """

    taken: ClassVar[tuple[str, ...]] = ("CDHW",)


@dataclass(frozen=True)
class InstanceNorm(ChannelNorm):
    """What instance normalizations share: each sample is normalised by itself."""

    affine: bool = flag(False, doc="Learn a scale and a shift for each channel.")
    track_running_stats: bool = flag(
        False, doc="Keep running averages and use them after training; else each sample is normalised by itself."
    )

    def shape(self, x: Shape) -> Shape:
        super().shape(x)
        if all(side == 1 for side in x[1:]):
            raise ShapeError(
                f"{self.title} needs more than one position in each channel to take a variance of, got {x}.",
                "Put it where the value still has positions, or use LayerNorm.",
                kind="shrinks",
                fixes=(replace_by("layer_norm", normalized_axes=len(x)),),
            )
        return x

    def kept_bytes(self, x: Shape) -> Size:
        """For each channel its mean and deviation, and copies of the averages and of the scale."""
        return x[0] * 4 * (2 + 2 * self.track_running_stats + self.affine)


@node_type(
    "instance_norm1d",
    title="Instance normalization 1-D",
    torch_name="InstanceNorm1d",
    example=(Shape(6, 100, axes="CL"),),
    stem="norm",
    also=("IN",),
)
class InstanceNorm1d(InstanceNorm):
    """Normalises each channel of a signal over its own steps, sample by sample.

    Shape:   C × L, unchanged.
    Weights: C scales and C shifts with affine.
    Errors:  not a signal; a single step.
    Source:  Ulyanov, Vedaldi & Lempitsky 2016, arXiv:1607.08022.
    """

    taken: ClassVar[tuple[str, ...]] = ("CL",)


@node_type(
    "instance_norm2d",
    title="Instance normalization 2-D",
    torch_name="InstanceNorm2d",
    example=(Shape(6, 28, 28),),
    stem="norm",
    also=("style transfer", "IN"),
)
class InstanceNorm2d(InstanceNorm):
    """Normalises each feature map over its own positions, sample by sample: contrast goes, structure stays.

    Shape:   C × H × W, unchanged.
    Weights: C scales and C shifts with affine.
    Errors:  not an image; a single position.
    Source:  Ulyanov, Vedaldi & Lempitsky 2016, arXiv:1607.08022.
    """


@node_type(
    "instance_norm3d",
    title="Instance normalization 3-D",
    torch_name="InstanceNorm3d",
    example=(Shape(6, 8, 14, 14),),
    stem="norm",
    also=("IN",),
)
class InstanceNorm3d(InstanceNorm):
    """Normalises each channel of a volume over its own positions, sample by sample.

    Shape:   C × D × H × W, unchanged.
    Weights: C scales and C shifts with affine.
    Errors:  not a volume; a single position.
    Source:  Ulyanov, Vedaldi & Lempitsky 2016, arXiv:1607.08022.
    """

    taken: ClassVar[tuple[str, ...]] = ("CDHW",)


@dataclass(frozen=True)
class TrailingNorm(NodeType):
    """What normalizations over the last axes share, each sample and each place before them by itself."""

    normalized_axes: int = integer(1, low=1, high=4, doc="How many of the last axes are normalised together.")

    def shape(self, x: Shape) -> Shape:
        if len(x.as_real(self.title)) < self.normalized_axes:
            raise ShapeError(
                f"{self.title} over the last {self.normalized_axes} axes needs as many, got {x.described()}.",
                f"Set normalized_axes to {len(x)}." if x else "Feed it a vector.",
                parameter="normalized_axes",
                kind="rank",
                fixes=(set_to(normalized_axes=len(x)),) if x else (),
            )
        self._normalized(x)
        return x

    def operations(self, x: Shape) -> dict[str, Size]:
        return times(x.numel, NORM)

    def summary(self) -> str:
        return f"over {'the last axis' if self.normalized_axes == 1 else f'{self.normalized_axes} axes'}"

    def _normalized(self, x: Shape) -> tuple[int, ...]:
        return tuple(known(size, self.title, f"the size of axis {x.axes[-n]}") for n, size in self._last(x))

    def _last(self, x: Shape) -> list[tuple[int, Size]]:
        return [(n, x[-n]) for n in range(self.normalized_axes, 0, -1)]

    def _rows(self, x: Shape) -> Size:
        """How many means a sample has."""
        return x.resized(*(1 if n < self.normalized_axes else size for n, size in enumerate(x[::-1]))).numel

    def _built(self, x: Shape) -> str:
        normalized = self._normalized(x)  # as a list: a tuple of equal numbers would be written as one
        sizes = normalized[0] if len(normalized) == 1 else list(normalized)
        return call_with(self, f"nn.{self.torch_name}", sizes, skip=("normalized_axes",))


@node_type(
    "layer_norm",
    title="Layer normalization",
    torch_name="LayerNorm",
    example=(Shape(20, 64),),
    stem="norm",
    also=("LN",),
)
class LayerNorm(TrailingNorm):
    """Brings the last axes of each sample to mean 0 and variance 1, then scales and shifts them as learned.

    It needs no batch and treats every step of a sequence alike, which is why transformers use it.

    Shape:   any with at least normalized_axes axes, unchanged.
    Weights: one scale for each normalised number with elementwise_affine, and one shift with bias.
    Errors:  fewer axes than normalized_axes; a normalised size that is not known.
    Source:  Ba, Kiros & Hinton 2016, arXiv:1607.06450.
    """

    eps: float = _eps()
    elementwise_affine: bool = flag(True, doc="Learn a scale for each normalised number.")
    bias: bool = flag(True, doc="Learn a shift as well.")

    def weights(self, x: Shape) -> dict[str, Shape]:
        if not self.elementwise_affine:
            return {}
        each = _last_axes(x, self.normalized_axes)
        return {"weight": each} | ({"bias": each} if self.bias else {})

    def kept_bytes(self, x: Shape) -> Size:
        return 2 * 4 * self._rows(x)  # mean and deviation

    def module(self, x: Shape) -> str:
        return self._built(x)


@node_type(
    "rms_norm",
    title="RMS normalization",
    torch_name="RMSNorm",
    example=(Shape(20, 64),),
    stem="norm",
    also=("LLaMA",),
)
class RMSNorm(TrailingNorm):
    """Divides the last axes of each sample by their root mean square, then scales them as learned.

    A LayerNorm that leaves the mean alone: less to calculate, and about as good in transformers.

    Shape:   any with at least normalized_axes axes, unchanged.
    Weights: one scale for each normalised number with elementwise_affine.
    Errors:  fewer axes than normalized_axes; a normalised size that is not known.
    Source:  Zhang & Sennrich 2019, arXiv:1910.07467.
    """

    eps: float | None = real(
        None, low=1e-12, high=1.0, logarithmic=True, optional="the smallest step of the number format", doc=EPS
    )
    elementwise_affine: bool = flag(True, doc="Learn a scale for each normalised number.")

    def weights(self, x: Shape) -> dict[str, Shape]:
        return {"weight": _last_axes(x, self.normalized_axes)} if self.elementwise_affine else {}

    def kept_bytes(self, x: Shape) -> Size:
        return 4 * self._rows(x) + (
            x.bytes if self.elementwise_affine else 0
        )  # 1 / root mean square; before the scale

    def module(self, x: Shape) -> str:
        return self._built(x)


@node_type(
    "l2_normalize",
    title="L2 normalization",
    torch_name="Normalize",
    example=(Shape(128),),
    stem="normalize",
    also=("L2 normalise", "unit length"),
)
class L2Normalize(AlongAxis):
    """Divides by the length of the vector along dim, so that only its direction is left: x / max(‖x‖, eps).

    The product of two such vectors is the cosine of the angle between them, as embeddings are compared.

    Shape:   any, unchanged.
    Weights: none.
    Errors:  no axis of that letter.
    """

    eps: float = real(1e-12, low=1e-30, high=1.0, logarithmic=True, doc="The smallest length it divides by.")

    def operations(self, x: Shape) -> dict[str, Size]:
        return {"add": x.numel, "multiply": 2 * x.numel}

    def kept_bytes(self, x: Shape) -> Size:
        place = x.axes.index(self.dim)
        return 2 * x.resized(*x[:place], 1, *x[place + 1 :]).bytes  # lengths, before and after eps

    def module(self, x: Shape) -> str:
        return ""

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        [x] = inputs
        assert x is not None
        eps = "" if self.eps == 1e-12 else f", eps={self.eps!r}"
        return f"F.normalize({values[0]}, dim={x.axes.index(self.dim) + 1}{eps})"

    def summary(self) -> str:
        return f"to length 1 over {self.dim}"


@node_type(
    "group_norm",
    title="Group normalization",
    torch_name="GroupNorm",
    example=(Shape(8, 28, 28),),
    stem="gn",
    also=("GN",),
)
class GroupNorm(NodeType):
    """Normalises groups of channels of each sample by itself, so that the batch does not matter.

    Shape:   C, C × L, C × H × W or C × D × H × W, unchanged.
    Weights: C scales and C shifts with affine.
    Errors:  channels not first; channels that cannot be split into num_groups.
    Source:  Wu & He 2018, arXiv:1803.08494.
    """

    num_groups: int = integer(4, low=1, high=65536, doc="Channels are split into this many groups.")
    eps: float = _eps()
    affine: bool = flag(True, doc="Learn a scale and a shift for each channel.")
    bias: bool = flag(True, doc="With affine: learn a shift beside the scale.", advanced=True)

    def shape(self, x: Shape) -> Shape:
        channels = known(require_channels_first(x, self.title)[0], self.title, "its number of channels")
        if channels % self.num_groups:
            fitting = nearest_divisor(self.num_groups, channels)
            raise ShapeError(
                f"{channels} channels cannot be split into {self.num_groups} groups.",
                f"Set num_groups to {fitting}.",
                parameter="num_groups",
                kind="groups",
                fixes=(set_to(num_groups=fitting),),
            )
        return x

    def operations(self, x: Shape) -> dict[str, Size]:
        return times(x.numel, NORM)

    def kept_bytes(self, x: Shape) -> Size:
        return 2 * 4 * self.num_groups  # mean and deviation of each group

    def weights(self, x: Shape) -> dict[str, Shape]:
        channels = known(x[0], self.title, "its number of channels")
        return _scale_and_shift(channels, self.bias) if self.affine else {}

    def module(self, x: Shape) -> str:
        return _shifting(call_with(self, "nn.GroupNorm", self.num_groups, x[0], skip=("num_groups", "bias")), self)

    def summary(self) -> str:
        return f"{self.num_groups} groups"


@node_type(
    "local_response_norm",
    title="Local response normalization",
    torch_name="LocalResponseNorm",
    example=(Shape(96, 27, 27),),
    stem="lrn",
    also=("LRN", "AlexNet", "contrast"),
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
        return require_channels_first(x, self.title, least=2)

    def operations(self, x: Shape) -> dict[str, Size]:
        return {"add": x.numel * self.size, "multiply": 4 * x.numel, "exp": 2 * x.numel}

    def kept_bytes(self, x: Shape) -> Size:
        """Squares with zeros around the channels, the sums and their powers."""
        return x.resized(x[0] + self.size - 1, *x[1:]).bytes + 2 * x.bytes

    def module(self, x: Shape) -> str:
        return call_with(self, "nn.LocalResponseNorm", self.size, skip=("size",))

    def summary(self) -> str:
        return f"over {self.size} channels"


def _scale_and_shift(channels: int, has_bias: bool) -> dict[str, Shape]:
    return {"weight": Shape(channels)} | ({"bias": Shape(channels)} if has_bias else {})


def _shifting(source: str, settings: ChannelNorm | GroupNorm) -> str:
    """The source of a layer, without a shift where none is wanted: PyTorch has a word for it only since 2.14."""
    return f"without_bias({source})" if settings.affine and not settings.bias else source


def _last_axes(x: Shape, count: int) -> Shape:
    return Shape(*x[-count:], axes=x.axes[-count:])
