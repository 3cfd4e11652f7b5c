"""Linear: every output is a weighted sum of all inputs."""

from __future__ import annotations

from typing import ClassVar, NoReturn

from nodes.spec.fixes import insert
from nodes.spec.node_type import EVERYTHING, Arithmetic, Halved, NodeType, call_with, node_type
from nodes.spec.settings import WIDEST, flag, integer
from nodes.spec.shapes import Shape, ShapeError, known
from nodes.spec.sizes import Size, spaced


@node_type(
    "linear",
    title="Linear",
    example=(Shape(400),),
    stem="fc",
    also=("fully connected", "dense", "inner product", "affine", "perceptron", "MLP", "projection"),
)
class Linear(NodeType):
    """Multiplies a vector with a learned matrix and adds a bias: a fully connected layer.

    Of a sequence, every step is treated alike with the same weights; so is every place of a value whose channels
    come last, such as a picture turned to H × W × C.

    Shape:   C -> out_features, or L × C -> L × out_features, or H × W × C -> H × W × out_features.
    Weights: out_features · C, plus out_features with bias.
    Errors:  no channels, or other axes behind them.
    """

    halved: ClassVar[Halved] = "all"

    out_features: int = integer(128, low=1, high=WIDEST, doc="How many numbers come out.")
    bias: bool = flag(True, doc="Add one learned offset per output.")

    def shape(self, x: Shape) -> Shape:
        x.as_real(self.title)
        if not x.axes.endswith("C"):
            self._refuse(x)
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

    def size_sums(self, x: Shape) -> tuple[str, ...]:
        return (f"{x[-1]} → out_features = {self.out_features}",)

    def module(self, x: Shape) -> str:
        return call_with(self, "nn.Linear", x[-1], self.out_features, skip=("out_features",))

    def summary(self) -> str:
        return f"Linear {self.out_features}"

    def _refuse(self, x: Shape) -> NoReturn:
        fact = f"{self.title} expects a vector (C), got {x.described()}."
        if not x:
            raise ShapeError(f"{fact} It multiplies the last axis.", "Feed it a vector.", kind="rank")
        remedy, fixes = f"Insert a Flatten before it{_wide(x.numel)}", [insert("flatten")]
        if x.axes in ("CL", "CHW", "CDHW"):
            remedy += f", or global average pooling{_wide(x[0])}"
            fixes.append(insert("global_avg_pool"))
        if x.axes == "CL":
            fixes.append(insert("permute", order="LC"))
        raise ShapeError(
            f"{fact} It multiplies the last axis; here that would be {x[-1]} wide.",
            f"{remedy}.",
            kind="rank",
            fixes=fixes,
        )

    def _features(self, x: Shape) -> int:
        return known(x[-1], self.title, "how many numbers come in")


@node_type("bilinear", title="Bilinear", example=(Shape(20), Shape(30)), stem="bilinear", also=("outer product",))
class Bilinear(NodeType):
    """Lets two vectors multiply each other through learned weights: y_k = x1ᵀ W_k x2 + b_k.

    Every number of one meets every number of the other, which weighted sums of both cannot do. Two sequences of
    the same length are treated step by step.

    Shape:   C1 and C2 -> out_features, or L × C1 and L × C2 -> L × out_features.
    Weights: out_features · C1 · C2, plus out_features with bias.
    Errors:  neither two vectors nor two sequences of the same length.
    """

    out_features: int = integer(128, low=1, high=WIDEST, doc="How many numbers come out.")
    bias: bool = flag(True, doc="Add one learned offset per output.")

    def shape(self, x1: Shape, x2: Shape) -> Shape:
        for port, x in (("x1", x1), ("x2", x2)):
            if x.as_real(self.title).axes not in ("C", "LC"):
                raise ShapeError(
                    f"{self.title} expects vectors (C) or sequences (L × C), got {x.described()}.",
                    "Insert a Flatten before it." if x else "Feed it a vector.",
                    port=port,
                    kind="rank",
                    fixes=(insert("flatten", port=port),) if x else (),
                )
        if x1.axes != x2.axes or x1[:-1] != x2[:-1]:
            raise ShapeError(
                f"{self.title} expects two vectors, or two sequences of the same length, got {x1.described()} "
                f"and {x2.described()}.",
                "Give both inputs the same length." if x1.axes == x2.axes else "Make both inputs of one kind.",
                port="x2",
                kind="sizes",
            )
        self._features(x1, x2)
        return x1.resized(*x1[:-1], self.out_features)

    def weights(self, x1: Shape, x2: Shape) -> dict[str, Shape]:
        weight = Shape(self.out_features, *self._features(x1, x2), axes="OIJ")
        return {"weight": weight} | ({"bias": Shape(self.out_features)} if self.bias else {})

    def multiply_adds(self, x1: Shape, x2: Shape) -> Size:
        return x1.numel * x2[-1] * self.out_features

    def window(self, x1: Shape, x2: Shape) -> str | None:
        return EVERYTHING if x1.axes == "C" else None

    def arithmetic(self, x1: Shape, x2: Shape) -> tuple[Arithmetic, ...]:
        first, second = self._features(x1, x2)
        product = f"({first}·{second} + 1)" if self.bias else f"{first}·{second}"
        count = (first * second + self.bias) * self.out_features
        return (Arithmetic("Weights", (f"{product} · {self.out_features} = {spaced(count)}",)),)

    def size_sums(self, x1: Shape, x2: Shape) -> tuple[str, ...]:
        return (f"{x1[-1]}·{x2[-1]} = {x1[-1] * x2[-1]} products → out_features = {self.out_features}",)

    def module(self, x1: Shape, x2: Shape) -> str:
        first, second = self._features(x1, x2)
        return call_with(self, "nn.Bilinear", first, second, self.out_features, skip=("out_features",))

    def summary(self) -> str:
        return f"Bilinear {self.out_features}"

    def _features(self, x1: Shape, x2: Shape) -> tuple[int, int]:
        return known(x1[-1], self.title, "how many numbers come in"), known(
            x2[-1], self.title, "how many numbers come in"
        )


def _wide(width: Size) -> str:
    return f" ({width} numbers)" if isinstance(width, int) else ""
