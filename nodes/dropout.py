"""Dropout: noise while training that keeps a network from leaning on single numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from nodes.spec.elementwise import Elementwise, Overwriting
from nodes.spec.node_type import NodeType, call, node_type
from nodes.spec.settings import choice, real
from nodes.spec.shapes import Shape, ShapeError
from nodes.spec.sizes import Size
from nodes.spec.spatial import require_positions


@dataclass(frozen=True)
class Dropping(Overwriting):
    """What the dropouts share. For the gradient they hold the mask, as numbers and not the input."""

    is_view: ClassVar[bool] = True  # once trained it hands on what it gets
    keeps_input: ClassVar[bool] = False
    over: ClassVar[str] = ""  # the axes of positions that are dropped together

    p: float = real(0.5, low=0.0, high=1.0, doc="Share of the numbers made zero.")

    @property
    def is_view_in_training(self) -> bool:
        """Where nothing is dropped."""
        return self.p == 0.0

    def shape(self, x: Shape) -> Shape:
        if self.over:
            require_positions(x, self.over, self.title, self.type_id[:-2])
        return super().shape(x)

    def operations(self, x: Shape) -> dict[str, Size]:
        return {"multiply": x.numel}

    def kept_bytes(self, x: Shape) -> Size:
        return 4 * (x[0] if self.over else x.numel) if 0.0 < self.p < 1.0 else 0

    def summary(self) -> str:
        return f"{self.torch_name} {self.p:g}"


@node_type("dropout", title="Dropout", example=(Shape(120),), stem="drop", also=("regularisation", "regularization"))
class Dropout(Dropping):
    """Makes numbers zero at random while training and scales up the rest; does nothing afterwards.

    No number can rely on a certain other one being there, which works like the mean of many thinner networks.

    Shape:   any, unchanged.
    Weights: none.
    Source:  Srivastava et al. 2014, JMLR 15, 1929–1958; inverted: mask / (1 − p).
    """


@node_type(
    "dropout1d",
    title="Dropout of signal channels",
    torch_name="Dropout1d",
    example=(Shape(6, 100, axes="CL"),),
    stem="drop",
)
class Dropout1d(Dropping):
    """Makes whole channels of a signal zero at random while training and scales up the rest.

    Shape:   C × L, unchanged.
    Weights: none.
    Errors:  not a signal.
    Source:  Tompson et al. 2015, arXiv:1411.4280.
    """

    over: ClassVar[str] = "L"


@node_type(
    "dropout2d",
    title="Dropout of feature maps",
    torch_name="Dropout2d",
    example=(Shape(6, 28, 28),),
    stem="drop",
    also=("spatial dropout",),
)
class Dropout2d(Dropping):
    """Makes whole feature maps zero at random while training and scales up the rest; does nothing afterwards.

    Neighbouring pixels say nearly the same, so that dropping single ones would hide little.

    Shape:   C × H × W, unchanged.
    Weights: none.
    Errors:  not an image.
    Source:  Tompson et al. 2015, arXiv:1411.4280.
    """

    over: ClassVar[str] = "HW"


@node_type(
    "dropout3d",
    title="Dropout of volume channels",
    torch_name="Dropout3d",
    example=(Shape(6, 8, 14, 14),),
    stem="drop",
)
class Dropout3d(Dropping):
    """Makes whole channels of a volume zero at random while training and scales up the rest.

    Shape:   C × D × H × W, unchanged.
    Weights: none.
    Errors:  not a volume.
    Source:  Tompson et al. 2015, arXiv:1411.4280.
    """

    over: ClassVar[str] = "DHW"


@node_type("alpha_dropout", title="Alpha dropout", torch_name="AlphaDropout", example=(Shape(120),), stem="drop")
class AlphaDropout(Dropping):
    """Dropout for networks of SELU: keeps mean 0 and variance 1.

    Shape:   any, unchanged.
    Weights: none.
    Source:  Klambauer et al. 2017, arXiv:1706.02515.
    """


@node_type(
    "stochastic_depth",
    title="Stochastic depth",
    torch_name="StochasticDepth",
    example=(Shape(64, 56, 56),),
    stem="depth",
    also=("drop path", "skip a block"),
)
class StochasticDepth(Elementwise):
    """Skips a whole residual branch at random while training and scales it up where it stays.

    Put it at the end of the branch, just before the Add: where it gives zero, the shortcut alone is left, and the
    network is shallower for that step. Deeper blocks usually get a larger p.

    Shape:   any, unchanged.
    Weights: none.
    Source:  Huang et al. 2016, arXiv:1603.09382; torchvision.ops.StochasticDepth.
    """

    is_view: ClassVar[bool] = True  # once trained it hands on what it gets
    keeps_input: ClassVar[bool] = False

    p: float = real(0.2, low=0.0, high=1.0, doc="How likely the branch is skipped.")
    mode: str = choice("row", "row", "batch", doc="Drawn for each sample by itself, or once for the whole batch.")

    @property
    def is_view_in_training(self) -> bool:
        """Where nothing is skipped."""
        return self.p == 0.0

    def operations(self, x: Shape) -> dict[str, Size]:
        return {"multiply": x.numel}

    def kept_bytes(self, x: Shape) -> Size:
        return 4 if self.mode == "row" and self.p else 0  # one factor for each sample

    def module(self, x: Shape) -> str:
        return call("ops.StochasticDepth", self.p, self.mode)

    def summary(self) -> str:
        return f"skips {self.p:g} by {self.mode}"


@node_type(
    "drop_path",
    title="Drop-path join",
    torch_name="DropPath",
    example=(Shape(64, 28, 28), Shape(64, 28, 28)),
    stem="join",
    also=("FractalNet", "mean of branches"),
)
class DropPath(NodeType):
    """Joins branches by their mean; while training each sample loses some of them, but never all.

    So every path through a fractal learns to work by itself. Once trained it is the mean of all branches.

    Shape:   that of the inputs, which are alike.
    Weights: none.
    Errors:  inputs of different sizes.
    Source:  Larsson, Maire & Shakhnarovich 2017, arXiv:1605.07648, local sampling.
    """

    keeps_input: ClassVar[bool] = False

    p: float = real(0.15, low=0.0, high=1.0, doc="How likely each branch is lost.")

    def shape(self, *x: Shape) -> Shape:
        for number, one in enumerate(x, start=1):
            one.as_real(self.title)
            if one != x[0]:
                raise ShapeError(
                    f"{self.title} takes the mean of alike values, got {x[0].described()} and {one.described()}.",
                    "Give all branches the same channels and strides.",
                    port=f"x{number}",
                    kind="sizes",
                )
        return x[0]

    def operations(self, *x: Shape) -> dict[str, Size]:
        return {"add": x[0].numel * (len(x) - 1), "multiply": x[0].numel * len(x)}

    def kept_bytes(self, *x: Shape) -> Size:
        return 4 * len(x) if self.p else 0  # the share of each branch

    def module(self, *x: Shape) -> str:
        return call("DropPath", self.p)

    def summary(self) -> str:
        return f"mean, loses {self.p:g}"


@node_type(
    "gaussian_noise",
    title="Gaussian noise",
    torch_name="GaussianNoise",
    example=(Shape(6, 28, 28),),
    stem="noise",
    also=("denoising", "augmentation", "regularization"),
)
class GaussianNoise(Elementwise):
    """Adds normal noise of mean 0 while training; does nothing afterwards.

    What is learned under noise cannot hang on small differences. Before an autoencoder it makes a denoising one.

    Shape:   any, unchanged.
    Weights: none.
    Source:  Vincent et al. 2008, "Extracting and Composing Robust Features with Denoising Autoencoders".
    """

    is_view: ClassVar[bool] = True  # once trained it hands on what it gets
    keeps_input: ClassVar[bool] = False
    each: ClassVar[Mapping[str, int]] = {"add": 1, "multiply": 1}

    std: float = real(0.1, low=0.0, high=100.0, doc="Standard deviation of the noise.")

    @property
    def is_view_in_training(self) -> bool:
        """Never: even noise of no size is added."""
        return False

    def module(self, x: Shape) -> str:
        return call("GaussianNoise", self.std)

    def summary(self) -> str:
        return f"noise σ {self.std:g}"
