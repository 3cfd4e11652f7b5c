"""Dropout: noise while training that keeps a network from leaning on single numbers."""

from __future__ import annotations

from typing import ClassVar

from nodes.activation import Overwriting
from nodes.spec.node_type import node_type
from nodes.spec.settings import real
from nodes.spec.shapes import Shape


@node_type("dropout", title="Dropout", example=(Shape(120),), stem="drop")
class Dropout(Overwriting):
    """Makes numbers zero at random while training and scales up the rest; does nothing afterwards.

    Shape:   any, unchanged.
    Weights: none.
    Source:  Srivastava et al. 2014, JMLR 15, 1929–1958; inverted: mask / (1 − p).
    """

    is_view: ClassVar[bool] = True  # once trained it hands on what it gets

    p: float = real(0.5, low=0.0, high=1.0, doc="Share of the numbers made zero.")

    def summary(self) -> str:
        return f"Dropout {self.p:g}"


@node_type(
    "dropout2d", title="Dropout of feature maps", torch_name="Dropout2d", example=(Shape(6, 28, 28),), stem="drop"
)
class Dropout2d(Dropout):
    """Makes whole feature maps zero at random while training and scales up the rest; does nothing afterwards.

    Neighbouring pixels say nearly the same, so that dropping single ones would hide little.

    Shape:   C × H × W, unchanged.
    Weights: none.
    Errors:  not an image.
    Source:  Tompson et al. 2015, arXiv:1411.4280.
    """

    def shape(self, x: Shape) -> Shape:
        x.as_image(self.title)
        return x

    def summary(self) -> str:
        return f"Dropout2d {self.p:g}"


@node_type("alpha_dropout", title="Alpha dropout", torch_name="AlphaDropout", example=(Shape(120),), stem="drop")
class AlphaDropout(Dropout):
    """Dropout for networks of SELU: keeps mean 0 and variance 1.

    Shape:   any, unchanged.
    Weights: none.
    Source:  Klambauer et al. 2017, arXiv:1706.02515.
    """

    def summary(self) -> str:
        return f"AlphaDropout {self.p:g}"
