"""Linear: every output is a weighted sum of all inputs."""

from __future__ import annotations

from nodes.spec.node_type import EVERYTHING, Arithmetic, NodeType, call_with, node_type
from nodes.spec.settings import flag, integer
from nodes.spec.shapes import Shape, ShapeError, known
from nodes.spec.sizes import Size, spaced


@node_type("linear", title="Linear", example=(Shape(400),), stem="fc")
class Linear(NodeType):
    """Multiplies a vector with a learned matrix and adds a bias: a fully connected layer.

    Of a sequence, every step is treated alike with the same weights.

    Shape:   C -> out_features, or L × C -> L × out_features.
    Weights: out_features · C, plus out_features with bias.
    Errors:  neither a vector nor a sequence.
    """

    out_features: int = integer(128, low=1, doc="How many numbers come out.")
    bias: bool = flag(True, doc="Add one learned offset per output.")

    def shape(self, x: Shape) -> Shape:
        x.as_real(self.title)
        if x.axes not in ("C", "LC"):
            raise ShapeError(
                f"{self.title} expects a vector (C), got {x.described()}. "
                f"It multiplies the last axis{f'; here that would be {x[-1]} wide' if x else ''}.",
                "Insert a Flatten before it." if x else "Feed it a vector.",
            )
        self._features(x)
        return x.resized(*x[:-1], self.out_features)

    def weights(self, x: Shape) -> dict[str, Shape]:
        weight = Shape(self.out_features, self._features(x), axes="OI")
        return {"weight": weight} | ({"bias": Shape(self.out_features)} if self.bias else {})

    def multiply_adds(self, x: Shape) -> Size:
        return x.numel * self.out_features

    def window(self, x: Shape) -> str | None:
        return EVERYTHING if x.axes == "C" else None

    def arithmetic(self, x: Shape) -> tuple[Arithmetic, ...]:
        features = self._features(x)
        count = (features + self.bias) * self.out_features
        product = f"({features} + 1) · {self.out_features}" if self.bias else f"{features} · {self.out_features}"
        return (Arithmetic("Weights", (f"{product} = {spaced(count)}",)),)

    def module(self, x: Shape) -> str:
        return call_with(self, "nn.Linear", x[-1], self.out_features, skip=("out_features",))

    def summary(self) -> str:
        return f"Linear {self.out_features}"

    def _features(self, x: Shape) -> int:
        return known(x[-1], self.title, "how many numbers come in")
