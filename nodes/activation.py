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


@node_type("softmax", title="Softmax", example=(Shape(10),), stem="softmax")
class Softmax(NodeType):
    """Turns scores into probabilities that sum to 1: exp(x) / Σ exp(x).

    CrossEntropyLoss wants the scores themselves: it has the softmax in it.

    Shape:   any, unchanged.
    Weights: none.
    Errors:  no axis of that letter.
    """

    keeps_output: ClassVar[bool] = True

    dim: str = choice(
        "C", "C", "L", "D", "H", "W", doc="The axis that sums to 1, by its letter: C channels or classes, L steps."
    )

    def shape(self, x: Shape) -> Shape:
        x.as_real(self.title)
        if self.dim not in x.axes:
            raise ShapeError(
                f"Softmax over {self.dim} needs an axis {self.dim}, got {x.described()}.",
                f"Set dim to {' or '.join(x.axes)}." if x else "Feed it a vector.",
                parameter="dim",
            )
        return x

    def module(self, x: Shape) -> str:
        return call("nn.Softmax", dim=x.axes.index(self.dim) + 1)

    def summary(self) -> str:
        return "Softmax" if self.dim == "C" else f"Softmax over {self.dim}"
