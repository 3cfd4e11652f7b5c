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
