"""Pooling: fewer positions, by the largest value or the average of each window."""

from __future__ import annotations

from typing import ClassVar

from nodes.spec.adaptive import AdaptiveAvgPool, AdaptiveMaxPool, GlobalPool, output_setting
from nodes.spec.node_type import node_type
from nodes.spec.pools import TAPS, WINDOW, AvgPool, LPPool, MaxPool, MaxUnpool, padding_setting, stride_setting
from nodes.spec.settings import integer
from nodes.spec.shapes import Shape
from nodes.spec.spatial import kernel_setting, step_setting


@node_type(
    "max_pool1d", title="Max pooling 1-D", torch_name="MaxPool1d", example=(Shape(6, 28, axes="CL"),), stem="pool"
)
class MaxPool1d(MaxPool):
    """Keeps the largest value of each stretch of a signal, channel by channel.

    Shape:   C × L -> C × L', with
             L' = floor((L + 2·padding − dilation·(kernel_size − 1) − 1) / stride) + 1;
             with ceil_mode the fraction is rounded up, unless the last window would begin beyond the end.
    Weights: none.
    Errors:  not a signal; window larger than the padded input; padding above half of kernel_size.
    """

    over: ClassVar[str] = "L"

    kernel_size: tuple[int, ...] = kernel_setting("L", 2, WINDOW)
    stride: tuple[int, ...] | None = stride_setting("L")
    padding: tuple[int, ...] = padding_setting("L")
    dilation: tuple[int, ...] = step_setting("L", TAPS)


@node_type(
    "max_pool2d",
    title="Max pooling 2-D",
    torch_name="MaxPool2d",
    example=(Shape(6, 28, 28),),
    stem="pool",
    also=("subsampling", "downsampling"),
)
class MaxPool2d(MaxPool):
    """Keeps the largest value of each window, channel by channel.

    What was found stays, its exact place is let go; the gradient goes back to the largest value alone.

    Shape:   C × H × W -> C × H' × W', with
             H' = floor((H + 2·padding − dilation·(kernel_size − 1) − 1) / stride) + 1, and W' likewise;
             with ceil_mode the fraction is rounded up, unless the last window would begin beyond the end.
    Weights: none.
    Errors:  not an image; window larger than the padded input; padding above half of kernel_size.
    """


@node_type("max_pool3d", title="Max pooling 3-D", torch_name="MaxPool3d", example=(Shape(6, 8, 14, 14),), stem="pool")
class MaxPool3d(MaxPool):
    """Keeps the largest value of each box of a volume, channel by channel.

    Shape:   C × D × H × W -> C × D' × H' × W', with
             D' = floor((D + 2·padding − dilation·(kernel_size − 1) − 1) / stride) + 1, and H', W' likewise;
             with ceil_mode the fraction is rounded up, unless the last window would begin beyond the end.
    Weights: none.
    Errors:  not a volume; window larger than the padded input; padding above half of kernel_size.
    """

    over: ClassVar[str] = "DHW"

    kernel_size: tuple[int, ...] = kernel_setting("DHW", 2, WINDOW)
    stride: tuple[int, ...] | None = stride_setting("DHW")
    padding: tuple[int, ...] = padding_setting("DHW")
    dilation: tuple[int, ...] = step_setting("DHW", TAPS)


@node_type(
    "avg_pool1d",
    title="Average pooling 1-D",
    torch_name="AvgPool1d",
    example=(Shape(6, 28, axes="CL"),),
    stem="pool",
    also=("mean",),
)
class AvgPool1d(AvgPool):
    """Averages each stretch of a signal, channel by channel.

    Shape:   C × L -> C × L', with
             L' = floor((L + 2·padding − kernel_size) / stride) + 1;
             with ceil_mode the fraction is rounded up, unless the last window would begin beyond the end.
    Weights: none.
    Errors:  not a signal; window larger than the padded input; padding above half of kernel_size.
    """

    over: ClassVar[str] = "L"

    kernel_size: tuple[int, ...] = kernel_setting("L", 2, WINDOW)
    stride: tuple[int, ...] | None = stride_setting("L")
    padding: tuple[int, ...] = padding_setting("L")


@node_type(
    "avg_pool2d",
    title="Average pooling 2-D",
    torch_name="AvgPool2d",
    example=(Shape(6, 28, 28),),
    stem="pool",
    also=("mean", "subsampling", "downsampling"),
)
class AvgPool2d(AvgPool):
    """Averages each window, channel by channel.

    Shape:   C × H × W -> C × H' × W', with
             H' = floor((H + 2·padding − kernel_size) / stride) + 1, and W' likewise;
             with ceil_mode the fraction is rounded up, unless the last window would begin beyond the end.
    Weights: none.
    Errors:  not an image; window larger than the padded input; padding above half of kernel_size.
    """

    divisor_override: int | None = integer(
        None, low=1, optional="the size of the window", doc="Divide each sum by this.", advanced=True
    )


@node_type(
    "avg_pool3d",
    title="Average pooling 3-D",
    torch_name="AvgPool3d",
    example=(Shape(6, 8, 14, 14),),
    stem="pool",
    also=("mean",),
)
class AvgPool3d(AvgPool):
    """Averages each box of a volume, channel by channel.

    Shape:   C × D × H × W -> C × D' × H' × W', with
             D' = floor((D + 2·padding − kernel_size) / stride) + 1, and H', W' likewise;
             with ceil_mode the fraction is rounded up, unless the last window would begin beyond the end.
    Weights: none.
    Errors:  not a volume; window larger than the padded input; padding above half of kernel_size.
    """

    over: ClassVar[str] = "DHW"
    overhangs: ClassVar[bool] = False

    kernel_size: tuple[int, ...] = kernel_setting("DHW", 2, WINDOW)
    stride: tuple[int, ...] | None = stride_setting("DHW")
    padding: tuple[int, ...] = padding_setting("DHW")
    divisor_override: int | None = integer(
        None, low=1, optional="the size of the window", doc="Divide each sum by this.", advanced=True
    )


@node_type(
    "lp_pool1d",
    title="Power-average pooling 1-D",
    torch_name="LPPool1d",
    example=(Shape(6, 28, axes="CL"),),
    stem="pool",
    also=("norm pooling", "L2 pooling"),
)
class LPPool1d(LPPool):
    """Takes the p-norm of each window, channel by channel: (Σ x^p)^(1/p), something between sum and maximum.

    With norm_type 1 it is the sum of a window, with a large one nearly its largest value.

    Shape:   C × L -> C × L', with L' = floor((L − kernel_size) / stride) + 1;
             with ceil_mode the fraction is rounded up, unless the last window would begin beyond the end.
    Weights: none.
    Errors:  not a signal; window larger than the input.
    Source:  Gulcehre et al. 2014, arXiv:1311.1780.
    """

    over: ClassVar[str] = "L"

    kernel_size: tuple[int, ...] = kernel_setting("L", 2, WINDOW)
    stride: tuple[int, ...] | None = stride_setting("L")


@node_type(
    "lp_pool2d",
    title="Power-average pooling 2-D",
    torch_name="LPPool2d",
    example=(Shape(6, 28, 28),),
    stem="pool",
    also=("norm pooling", "L2 pooling"),
)
class LPPool2d(LPPool):
    """Takes the p-norm of each window, channel by channel: (Σ x^p)^(1/p), something between sum and maximum.

    With norm_type 1 it is the sum of a window, with a large one nearly its largest value.

    Shape:   C × H × W -> C × H' × W', with H' = floor((H − kernel_size) / stride) + 1, and W' likewise;
             with ceil_mode the fraction is rounded up, unless the last window would begin beyond the end.
    Weights: none.
    Errors:  not an image; window larger than the input.
    Source:  Gulcehre et al. 2014, arXiv:1311.1780.
    """


@node_type(
    "lp_pool3d",
    title="Power-average pooling 3-D",
    torch_name="LPPool3d",
    example=(Shape(6, 8, 14, 14),),
    stem="pool",
    also=("norm pooling", "L2 pooling"),
)
class LPPool3d(LPPool):
    """Takes the p-norm of each window, channel by channel: (Σ x^p)^(1/p), something between sum and maximum.

    With norm_type 1 it is the sum of a window, with a large one nearly its largest value.

    Shape:   C × D × H × W -> C × D' × H' × W', with D' = floor((D − kernel_size) / stride) + 1, and H', W' likewise;
             with ceil_mode the fraction is rounded up, unless the last window would begin beyond the end.
    Weights: none.
    Errors:  not a volume; window larger than the input.
    Source:  Gulcehre et al. 2014, arXiv:1311.1780.
    """

    over: ClassVar[str] = "DHW"
    overhangs: ClassVar[bool] = False

    kernel_size: tuple[int, ...] = kernel_setting("DHW", 2, WINDOW)
    stride: tuple[int, ...] | None = stride_setting("DHW")


@node_type(
    "max_unpool1d",
    title="Max unpooling 1-D",
    torch_name="MaxUnpool1d",
    example=(
        Shape(6, 14, axes="CL"),
        Shape(6, 14, axes="CL", values="index"),
    ),
    stem="unpool",
    also=("switches", "inverse pooling"),
)
class MaxUnpool1d(MaxUnpool):
    """Puts values back where a max pooling found them, with zeros everywhere else.

    Wire the pooling's second output to ``indices``. Pooling may round a size down; wire what went into it
    to ``size_like`` and exactly that size comes back.

    Shape:   C × L with as many indices -> C × L', with L' = (L − 1)·stride − 2·padding + kernel_size,
             or the size of size_like.
    Weights: none.
    Errors:  not a signal; indices of another size; a size_like that the pooling could not have had.
    Source:  Zeiler & Fergus 2014, arXiv:1311.2901; Noh, Hong & Han 2015, arXiv:1505.04366.
    """

    over: ClassVar[str] = "L"

    kernel_size: tuple[int, ...] = kernel_setting("L", 2, WINDOW)
    stride: tuple[int, ...] | None = stride_setting("L")
    padding: tuple[int, ...] = padding_setting("L")


@node_type(
    "max_unpool2d",
    title="Max unpooling 2-D",
    torch_name="MaxUnpool2d",
    example=(
        Shape(6, 14, 14),
        Shape(6, 14, 14, values="index"),
    ),
    stem="unpool",
    also=("switches", "inverse pooling"),
)
class MaxUnpool2d(MaxUnpool):
    """Puts values back where a max pooling found them, with zeros everywhere else.

    Wire the pooling's second output to ``indices``. Pooling may round a size down; wire what went into it
    to ``size_like`` and exactly that size comes back.

    Shape:   C × H × W with as many indices -> C × H' × W', with H' = (H − 1)·stride − 2·padding + kernel_size,
             or the size of size_like.
    Weights: none.
    Errors:  not an image; indices of another size; a size_like that the pooling could not have had.
    Source:  Zeiler & Fergus 2014, arXiv:1311.2901; Noh, Hong & Han 2015, arXiv:1505.04366.
    """


@node_type(
    "max_unpool3d",
    title="Max unpooling 3-D",
    torch_name="MaxUnpool3d",
    example=(
        Shape(6, 4, 7, 7),
        Shape(6, 4, 7, 7, values="index"),
    ),
    stem="unpool",
    also=("switches", "inverse pooling"),
)
class MaxUnpool3d(MaxUnpool):
    """Puts values back where a max pooling found them, with zeros everywhere else.

    Wire the pooling's second output to ``indices``. Pooling may round a size down; wire what went into it
    to ``size_like`` and exactly that size comes back.

    Shape:   C × D × H × W with as many indices -> C × D' × H' × W', with
             D' = (D − 1)·stride − 2·padding + kernel_size, and H', W' likewise,
             or the size of size_like.
    Weights: none.
    Errors:  not a volume; indices of another size; a size_like that the pooling could not have had.
    Source:  Zeiler & Fergus 2014, arXiv:1311.2901; Noh, Hong & Han 2015, arXiv:1505.04366.
    """

    over: ClassVar[str] = "DHW"

    kernel_size: tuple[int, ...] = kernel_setting("DHW", 2, WINDOW)
    stride: tuple[int, ...] | None = stride_setting("DHW")
    padding: tuple[int, ...] = padding_setting("DHW")


@node_type(
    "adaptive_avg_pool1d",
    title="Adaptive average pooling 1-D",
    torch_name="AdaptiveAvgPool1d",
    example=(Shape(64, 50, axes="CL"),),
    stem="pool",
    also=("global average pooling",),
)
class AdaptiveAvgPool1d(AdaptiveAvgPool):
    """Averages windows chosen so that the output has the size you ask for.

    With output_size 1 it averages each whole channel: global average pooling.

    Shape:   C × L -> C × output_size.
    Weights: none.
    Errors:  not a signal.
    """

    over: ClassVar[str] = "L"

    output_size: tuple[int | None, ...] = output_setting("L")


@node_type(
    "adaptive_avg_pool2d",
    title="Adaptive average pooling 2-D",
    torch_name="AdaptiveAvgPool2d",
    example=(Shape(512, 7, 7),),
    stem="pool",
    also=("global average pooling",),
)
class AdaptiveAvgPool2d(AdaptiveAvgPool):
    """Averages windows chosen so that the output has the size you ask for.

    With output_size 1 × 1 it averages each whole channel: global average pooling.

    Shape:   C × H × W -> C × output_size; a part left open stays as it is in the input.
    Weights: none.
    Errors:  not an image.
    """


@node_type(
    "adaptive_avg_pool3d",
    title="Adaptive average pooling 3-D",
    torch_name="AdaptiveAvgPool3d",
    example=(Shape(64, 4, 7, 7),),
    stem="pool",
    also=("global average pooling",),
)
class AdaptiveAvgPool3d(AdaptiveAvgPool):
    """Averages windows chosen so that the output has the size you ask for.

    With output_size 1 × 1 × 1 it averages each whole channel: global average pooling.

    Shape:   C × D × H × W -> C × output_size; a part left open stays as it is in the input.
    Weights: none.
    Errors:  not a volume.
    """

    over: ClassVar[str] = "DHW"

    output_size: tuple[int | None, ...] = output_setting("DHW")


@node_type(
    "adaptive_max_pool1d",
    title="Adaptive max pooling 1-D",
    torch_name="AdaptiveMaxPool1d",
    example=(Shape(64, 50, axes="CL"),),
    stem="pool",
    also=("spatial pyramid",),
)
class AdaptiveMaxPool1d(AdaptiveMaxPool):
    """Keeps the largest value of windows chosen so that the output has the size you ask for.

    With output_size 1 it keeps one value for each channel: global max pooling.

    Shape:   C × L -> C × output_size.
    Weights: none.
    Errors:  not a signal.
    """

    over: ClassVar[str] = "L"

    output_size: tuple[int | None, ...] = output_setting("L")


@node_type(
    "adaptive_max_pool2d",
    title="Adaptive max pooling 2-D",
    torch_name="AdaptiveMaxPool2d",
    example=(Shape(512, 7, 7),),
    stem="pool",
    also=("spatial pyramid",),
)
class AdaptiveMaxPool2d(AdaptiveMaxPool):
    """Keeps the largest value of windows chosen so that the output has the size you ask for.

    With output_size 1 × 1 it keeps one value for each channel: global max pooling.

    Shape:   C × H × W -> C × output_size; a part left open stays as it is in the input.
    Weights: none.
    Errors:  not an image.
    """


@node_type(
    "adaptive_max_pool3d",
    title="Adaptive max pooling 3-D",
    torch_name="AdaptiveMaxPool3d",
    example=(Shape(64, 4, 7, 7),),
    stem="pool",
    also=("spatial pyramid",),
)
class AdaptiveMaxPool3d(AdaptiveMaxPool):
    """Keeps the largest value of windows chosen so that the output has the size you ask for.

    With output_size 1 × 1 × 1 it keeps one value for each channel: global max pooling.

    Shape:   C × D × H × W -> C × output_size; a part left open stays as it is in the input.
    Weights: none.
    Errors:  not a volume.
    """

    over: ClassVar[str] = "DHW"

    output_size: tuple[int | None, ...] = output_setting("DHW")


@node_type(
    "global_avg_pool",
    title="Global average pooling",
    torch_name="GlobalAvgPool",
    example=(Shape(512, 7, 7),),
    stem="pool",
    also=("GAP", "average pooling"),
)
class GlobalAvgPool(GlobalPool):
    """Averages each channel over all its positions: one number for each feature map.

    In place of large Linear layers at the end of a network it saves most of the weights, and pictures of any
    size fit.

    Shape:   C × L, C × H × W or C × D × H × W -> C.
    Weights: none.
    Errors:  a value without positions, or whose first axis is not C.
    Source:  Lin, Chen & Yan 2014, arXiv:1312.4400.
    """

    keeps_input: ClassVar[bool] = False


@node_type(
    "global_max_pool",
    title="Global max pooling",
    torch_name="GlobalMaxPool",
    example=(Shape(512, 7, 7),),
    stem="pool",
    also=("GMP",),
)
class GlobalMaxPool(GlobalPool):
    """Keeps the largest value of each channel: whether something was found, wherever it is.

    Shape:   C × L, C × H × W or C × D × H × W -> C.
    Weights: none.
    Errors:  a value without positions, or whose first axis is not C.
    """

    function: ClassVar[str] = "amax"
    keeps_output: ClassVar[bool] = True
