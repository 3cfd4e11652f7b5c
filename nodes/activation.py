"""Activations: one fixed function for every number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from nodes.spec.node_type import NodeType, call, call_with, node_type
from nodes.spec.settings import choice, flag, real
from nodes.spec.shapes import Shape, ShapeError


@dataclass(frozen=True)
class Elementwise(NodeType):
    """What the functions of single numbers share: the shape stays, whatever it is."""

    def shape(self, x: Shape) -> Shape:
        return x.as_real(self.title)

    def module(self, x: Shape) -> str:
        return call_with(self, f"nn.{self.torch_name}")


@dataclass(frozen=True)
class Overwriting(Elementwise):
    """An activation that can write over its input."""

    inplace: bool = flag(
        False, doc="Write over the input, which saves memory; nothing else may use that input.", advanced=True
    )


@node_type("relu", title="ReLU", torch_name="ReLU", example=(Shape(6, 28, 28),), stem="relu")
class ReLU(Overwriting):
    """Keeps what is positive and makes the rest zero: max(0, x).

    Shape:   any, unchanged.
    Weights: none.
    """

    keeps_output: ClassVar[bool] = True


@node_type("leaky_relu", title="Leaky ReLU", torch_name="LeakyReLU", example=(Shape(6, 28, 28),), stem="relu")
class LeakyReLU(Overwriting):
    """Keeps what is positive and scales down the rest: max(0, x) + negative_slope · min(0, x).

    Shape:   any, unchanged.
    Weights: none.
    Source:  Maas, Hannun & Ng 2013, "Rectifier Nonlinearities Improve Neural Network Acoustic Models".
    """

    negative_slope: float = real(0.01, low=0.0, high=10.0, doc="Slope below zero; 0.01 or 0.1 are usual.")

    def summary(self) -> str:
        return f"LeakyReLU {self.negative_slope:g}"


@node_type("elu", title="ELU", torch_name="ELU", example=(Shape(6, 28, 28),), stem="elu")
class ELU(Overwriting):
    """Keeps what is positive and bends the rest towards −alpha: alpha · (exp(x) − 1).

    Shape:   any, unchanged.
    Weights: none.
    Source:  Clevert, Unterthiner & Hochreiter 2016, arXiv:1511.07289.
    """

    alpha: float = real(1.0, low=0.0, high=100.0, doc="How far below zero it can go.")

    def summary(self) -> str:
        return f"ELU {self.alpha:g}"


@node_type("sigmoid", title="Sigmoid", example=(Shape(6, 28, 28),), stem="sigmoid")
class Sigmoid(Elementwise):
    """Squeezes every number between 0 and 1: 1 / (1 + exp(−x)).

    Shape:   any, unchanged.
    Weights: none.
    """

    keeps_output: ClassVar[bool] = True


@node_type("tanh", title="Tanh", example=(Shape(6, 28, 28),), stem="tanh")
class Tanh(Elementwise):
    """Squeezes every number between −1 and 1.

    Shape:   any, unchanged.
    Weights: none.
    """

    keeps_output: ClassVar[bool] = True


@node_type("relu6", title="ReLU6", torch_name="ReLU6", example=(Shape(6, 28, 28),), stem="relu")
class ReLU6(Overwriting):
    """Keeps what lies between 0 and 6 and cuts off the rest: min(max(0, x), 6).

    Shape:   any, unchanged.
    Weights: none.
    Source:  Howard et al. 2017, arXiv:1704.04861.
    """

    def summary(self) -> str:
        return "ReLU6"


@node_type("selu", title="SELU", torch_name="SELU", example=(Shape(6, 28, 28),), stem="selu")
class SELU(Overwriting):
    """An ELU scaled so that values keep mean 0 and variance 1 from layer to layer.

    Shape:   any, unchanged.
    Weights: none.
    Source:  Klambauer, Unterthiner, Mayr & Hochreiter 2017, arXiv:1706.02515.
    """


@node_type("celu", title="CELU", torch_name="CELU", example=(Shape(6, 28, 28),), stem="celu")
class CELU(Overwriting):
    """An ELU with a continuous slope at 0: max(0, x) + min(0, alpha · (exp(x / alpha) − 1)).

    Shape:   any, unchanged.
    Weights: none.
    Source:  Barron 2017, arXiv:1704.07483.
    """

    alpha: float = real(1.0, low=0.001, high=100.0, doc="How far below zero it can go.")

    def summary(self) -> str:
        return f"CELU {self.alpha:g}"


@node_type("gelu", title="GELU", torch_name="GELU", example=(Shape(6, 28, 28),), stem="gelu")
class GELU(Elementwise):
    """Weighs each number by the share of the normal distribution below it: x · Φ(x).

    Shape:   any, unchanged.
    Weights: none.
    Source:  Hendrycks & Gimpel 2016, arXiv:1606.08415.
    """

    approximate: str = choice("none", "none", "tanh", doc="Exact, or the faster formula with tanh.")

    def summary(self) -> str:
        return "GELU" if self.approximate == "none" else f"GELU, {self.approximate}"


@node_type("silu", title="SiLU", torch_name="SiLU", example=(Shape(6, 28, 28),), stem="silu")
class SiLU(Overwriting):
    """Weighs each number by its own sigmoid: x · σ(x). Also called swish.

    Shape:   any, unchanged.
    Weights: none.
    Source:  Ramachandran, Zoph & Le 2017, arXiv:1710.05941.
    """


@node_type("mish", title="Mish", example=(Shape(6, 28, 28),), stem="mish")
class Mish(Overwriting):
    """A smooth function close to SiLU: x · tanh(ln(1 + exp(x))).

    Shape:   any, unchanged.
    Weights: none.
    Source:  Misra 2019, arXiv:1908.08681.
    """


@node_type("hardswish", title="Hard swish", torch_name="Hardswish", example=(Shape(6, 28, 28),), stem="hardswish")
class Hardswish(Overwriting):
    """SiLU from straight pieces: x · min(max(0, x + 3), 6) / 6.

    Shape:   any, unchanged.
    Weights: none.
    Source:  Howard et al. 2019, arXiv:1905.02244.
    """


@node_type("hardsigmoid", title="Hard sigmoid", torch_name="Hardsigmoid", example=(Shape(6, 28, 28),))
class Hardsigmoid(Overwriting):
    """A sigmoid from straight pieces: min(max(0, x + 3), 6) / 6.

    Shape:   any, unchanged.
    Weights: none.
    """


@node_type("hardtanh", title="Hard tanh", torch_name="Hardtanh", example=(Shape(6, 28, 28),))
class Hardtanh(Overwriting):
    """Cuts off what lies outside min_val … max_val.

    Shape:   any, unchanged.
    Weights: none.
    Errors:  min_val not below max_val.
    """

    min_val: float = real(-1.0, low=-1e6, high=1e6, doc="The lowest value that is kept.")
    max_val: float = real(1.0, low=-1e6, high=1e6, doc="The highest value that is kept.")

    def shape(self, x: Shape) -> Shape:
        if self.min_val >= self.max_val:
            raise ShapeError(
                f"Hard tanh needs room between min_val {self.min_val:g} and max_val {self.max_val:g}.",
                f"Set max_val above {self.min_val:g}.",
                parameter="max_val",
            )
        return super().shape(x)

    def summary(self) -> str:
        return f"{self.min_val:g} … {self.max_val:g}"


@node_type("softplus", title="Softplus", example=(Shape(6, 28, 28),), stem="softplus")
class Softplus(Elementwise):
    """A smooth ReLU: ln(1 + exp(beta · x)) / beta.

    Shape:   any, unchanged.
    Weights: none.
    """

    beta: float = real(1.0, low=0.001, high=1000.0, doc="The larger, the closer to ReLU.")
    threshold: float = real(20.0, low=0.0, high=1000.0, doc="Above it, beta · x is taken as it is.", advanced=True)


@node_type("softsign", title="Softsign", example=(Shape(6, 28, 28),), stem="softsign")
class Softsign(Elementwise):
    """Squeezes every number between −1 and 1, more gently than tanh: x / (1 + |x|).

    Shape:   any, unchanged.
    Weights: none.
    """


@node_type("identity", title="Identity", example=(Shape(6, 28, 28),), stem="identity")
class Identity(Elementwise):
    """Changes nothing; a place that keeps its name.

    Shape:   any, unchanged.
    Weights: none.
    """

    is_view: ClassVar[bool] = True


AXIS = ("C", "L", "D", "H", "W")


@dataclass(frozen=True)
class AlongAxis(NodeType):
    """What works along one axis, named by its letter."""

    dim: str = choice("C", *AXIS, doc="The axis, by its letter: C channels or classes, L steps.")

    def shape(self, x: Shape) -> Shape:
        x.as_real(self.title)
        if self.dim not in x.axes:
            raise ShapeError(
                f"{self.title} over {self.dim} needs an axis {self.dim}, got {x.described()}.",
                f"Set dim to {' or '.join(x.axes)}." if x else "Feed it a vector.",
                parameter="dim",
            )
        return x

    def module(self, x: Shape) -> str:
        return call(f"nn.{self.torch_name}", dim=x.axes.index(self.dim) + 1)

    def summary(self) -> str:
        return self.torch_name if self.dim == "C" else f"{self.torch_name} over {self.dim}"


@node_type("softmax", title="Softmax", example=(Shape(10),), stem="softmax")
class Softmax(AlongAxis):
    """Turns scores into probabilities that sum to 1 along dim: exp(x) / Σ exp(x).

    CrossEntropyLoss wants the scores themselves: it has the softmax in it.

    Shape:   any, unchanged.
    Weights: none.
    Errors:  no axis of that letter.
    """

    keeps_output: ClassVar[bool] = True


@node_type("log_softmax", title="Log softmax", torch_name="LogSoftmax", example=(Shape(10),))
class LogSoftmax(AlongAxis):
    """The logarithms of the softmax's probabilities along dim: x − ln Σ exp(x).

    Shape:   any, unchanged.
    Weights: none.
    Errors:  no axis of that letter.
    """

    keeps_output: ClassVar[bool] = True


@node_type("glu", title="Gated linear unit", torch_name="GLU", example=(Shape(10),), stem="glu")
class GLU(AlongAxis):
    """Splits dim into two halves and weighs the first by the sigmoid of the second: a · σ(b).

    Shape:   any, with half the size along dim.
    Weights: none.
    Errors:  no axis of that letter; an odd size.
    Source:  Dauphin, Fan, Auli & Grangier 2017, arXiv:1612.08083.
    """

    def shape(self, x: Shape) -> Shape:
        place = super().shape(x).axes.index(self.dim)
        size = x[place]
        if isinstance(size, int) and size % 2:
            raise ShapeError(
                f"{self.title} needs an even size along {self.dim}, got {size}.",
                f"Give the layer before it {size + 1} or {size - 1} instead." if size > 1 else "Give it 2 or more.",
            )
        return x.resized(*x[:place], size // 2, *x[place + 1 :])
