"""Activations: one fixed function for every number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from nodes.spec import work
from nodes.spec.elementwise import AlongAxis, Elementwise, Overwriting
from nodes.spec.fixes import insert, set_to
from nodes.spec.node_type import EVERYTHING, Halved, NodeType, call, call_with, node_type
from nodes.spec.settings import WIDEST, choice, flag, integer, real
from nodes.spec.shapes import Shape, ShapeError, known
from nodes.spec.sizes import Size
from nodes.spec.spatial import nearest_divisor


@node_type(
    "relu", title="ReLU", torch_name="ReLU", example=(Shape(6, 28, 28),), stem="relu", also=("rectifier", "ramp")
)
class ReLU(Overwriting):
    """Keeps what is positive and makes the rest zero: max(0, x).

    Shape:   any, unchanged.
    Weights: none.
    """

    each: ClassVar[Mapping[str, int]] = {"compare": 1}
    keeps_input: ClassVar[bool] = False
    keeps_output: ClassVar[bool] = True


@node_type(
    "leaky_relu",
    title="Leaky ReLU",
    torch_name="LeakyReLU",
    example=(Shape(6, 28, 28),),
    stem="relu",
    also=("LReLU",),
)
class LeakyReLU(Overwriting):
    """Keeps what is positive and scales down the rest: max(0, x) + negative_slope · min(0, x).

    Shape:   any, unchanged.
    Weights: none.
    Source:  Maas, Hannun & Ng 2013, "Rectifier Nonlinearities Improve Neural Network Acoustic Models".
    """

    each: ClassVar[Mapping[str, int]] = {"compare": 1, "multiply": 1}

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

    each: ClassVar[Mapping[str, int]] = {"compare": 1, "exp": 1, "add": 1, "multiply": 1}

    alpha: float = real(1.0, low=0.0, high=100.0, doc="How far below zero it can go.")

    def summary(self) -> str:
        return f"ELU {self.alpha:g}"


@node_type("sigmoid", title="Sigmoid", example=(Shape(6, 28, 28),), stem="sigmoid", also=("logistic", "squash"))
class Sigmoid(Elementwise):
    """Squeezes every number between 0 and 1: 1 / (1 + exp(−x)).

    Shape:   any, unchanged.
    Weights: none.
    """

    each: ClassVar[Mapping[str, int]] = work.SIGMOID
    keeps_input: ClassVar[bool] = False
    keeps_output: ClassVar[bool] = True


@node_type("tanh", title="Tanh", example=(Shape(6, 28, 28),), stem="tanh", also=("hyperbolic tangent", "squash"))
class Tanh(Elementwise):
    """Squeezes every number between −1 and 1.

    Shape:   any, unchanged.
    Weights: none.
    """

    each: ClassVar[Mapping[str, int]] = work.TANH
    keeps_input: ClassVar[bool] = False
    keeps_output: ClassVar[bool] = True


@node_type("relu6", title="ReLU6", torch_name="ReLU6", example=(Shape(6, 28, 28),), stem="relu")
class ReLU6(Overwriting):
    """Keeps what lies between 0 and 6 and cuts off the rest: min(max(0, x), 6).

    Shape:   any, unchanged.
    Weights: none.
    Source:  Howard et al. 2017, arXiv:1704.04861.
    """

    each: ClassVar[Mapping[str, int]] = {"compare": 2}

    def summary(self) -> str:
        return "ReLU6"


@node_type("selu", title="SELU", torch_name="SELU", example=(Shape(6, 28, 28),), stem="selu")
class SELU(Overwriting):
    """An ELU scaled so that values keep mean 0 and variance 1 from layer to layer.

    Shape:   any, unchanged.
    Weights: none.
    Source:  Klambauer, Unterthiner, Mayr & Hochreiter 2017, arXiv:1706.02515.
    """

    each: ClassVar[Mapping[str, int]] = {"compare": 1, "exp": 1, "add": 1, "multiply": 2}


@node_type("celu", title="CELU", torch_name="CELU", example=(Shape(6, 28, 28),), stem="celu")
class CELU(Overwriting):
    """An ELU with a continuous slope at 0: max(0, x) + min(0, alpha · (exp(x / alpha) − 1)).

    Shape:   any, unchanged.
    Weights: none.
    Source:  Barron 2017, arXiv:1704.07483.
    """

    each: ClassVar[Mapping[str, int]] = {"compare": 1, "exp": 1, "add": 1, "multiply": 2}

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

    each: ClassVar[Mapping[str, int]] = work.GELU

    approximate: str = choice("none", "none", "tanh", doc="Exact, or the faster formula with tanh.")

    def summary(self) -> str:
        return "GELU" if self.approximate == "none" else f"GELU, {self.approximate}"


@node_type("silu", title="SiLU", torch_name="SiLU", example=(Shape(6, 28, 28),), stem="silu", also=("swish",))
class SiLU(Overwriting):
    """Weighs each number by its own sigmoid: x · σ(x). Also called swish.

    Shape:   any, unchanged.
    Weights: none.
    Source:  Ramachandran, Zoph & Le 2017, arXiv:1710.05941.
    """

    each: ClassVar[Mapping[str, int]] = {"exp": 1, "add": 1, "multiply": 2}


@node_type("mish", title="Mish", example=(Shape(6, 28, 28),), stem="mish")
class Mish(Overwriting):
    """A smooth function close to SiLU: x · tanh(ln(1 + exp(x))).

    Shape:   any, unchanged.
    Weights: none.
    Source:  Misra 2019, arXiv:1908.08681.
    """

    each: ClassVar[Mapping[str, int]] = {"exp": 3, "add": 3, "multiply": 2}


@node_type("hardswish", title="Hard swish", torch_name="Hardswish", example=(Shape(6, 28, 28),), stem="hardswish")
class Hardswish(Overwriting):
    """SiLU from straight pieces: x · min(max(0, x + 3), 6) / 6.

    Shape:   any, unchanged.
    Weights: none.
    Source:  Howard et al. 2019, arXiv:1905.02244.
    """

    each: ClassVar[Mapping[str, int]] = {"add": 1, "compare": 2, "multiply": 2}


@node_type(
    "hardsigmoid",
    title="Hard sigmoid",
    torch_name="Hardsigmoid",
    example=(Shape(6, 28, 28),),
    stem="hardsigmoid",
    also=("gate",),
)
class Hardsigmoid(Overwriting):
    """A sigmoid from straight pieces: min(max(0, x + 3), 6) / 6.

    Shape:   any, unchanged.
    Weights: none.
    """

    each: ClassVar[Mapping[str, int]] = {"add": 1, "compare": 2, "multiply": 1}


@node_type("hardtanh", title="Hard tanh", torch_name="Hardtanh", example=(Shape(6, 28, 28),), also=("clip",))
class Hardtanh(Overwriting):
    """Cuts off what lies outside min_val … max_val.

    Shape:   any, unchanged.
    Weights: none.
    Errors:  min_val not below max_val.
    """

    each: ClassVar[Mapping[str, int]] = {"compare": 2}

    min_val: float = real(-1.0, low=-1e6, high=1e6, doc="The lowest value that is kept.")
    max_val: float = real(1.0, low=-1e6, high=1e6, doc="The highest value that is kept.")

    def shape(self, x: Shape) -> Shape:
        if self.min_val >= self.max_val:
            raise ShapeError(
                f"Hard tanh needs room between min_val {self.min_val:g} and max_val {self.max_val:g}.",
                f"Set max_val above {self.min_val:g}.",
                parameter="max_val",
                kind="setting",
                fixes=(set_to(max_val=self.min_val + 1.0),),
            )
        return super().shape(x)

    def summary(self) -> str:
        return f"{self.min_val:g} … {self.max_val:g}"


@node_type("softplus", title="Softplus", example=(Shape(6, 28, 28),), stem="softplus", also=("smooth ReLU",))
class Softplus(Elementwise):
    """A smooth ReLU: ln(1 + exp(beta · x)) / beta.

    Shape:   any, unchanged.
    Weights: none.
    """

    each: ClassVar[Mapping[str, int]] = {"exp": 2, "add": 1, "multiply": 2}

    beta: float = real(1.0, low=0.001, high=1000.0, doc="The larger, the closer to ReLU.")
    threshold: float = real(20.0, low=0.0, high=1000.0, doc="Above it, beta · x is taken as it is.", advanced=True)


@node_type("softsign", title="Softsign", example=(Shape(6, 28, 28),), stem="softsign")
class Softsign(Elementwise):
    """Squeezes every number between −1 and 1, more gently than tanh: x / (1 + |x|).

    Shape:   any, unchanged.
    Weights: none.
    """

    each: ClassVar[Mapping[str, int]] = {"add": 1, "multiply": 1}

    def kept_bytes(self, x: Shape) -> Size:
        return x.bytes  # 1 + |x|


@node_type(
    "identity",
    title="Identity",
    example=(Shape(6, 28, 28),),
    stem="identity",
    also=("pass", "no-op", "linear activation"),
)
class Identity(Elementwise):
    """Changes nothing; a place that keeps its name.

    Shape:   any, unchanged.
    Weights: none.
    """

    is_view: ClassVar[bool] = True
    keeps_input: ClassVar[bool] = False


@node_type("prelu", title="PReLU", torch_name="PReLU", example=(Shape(6, 28, 28),), stem="relu")
class PReLU(NodeType):
    """A leaky ReLU whose slope below zero is learned: max(0, x) + a · min(0, x).

    Shape:   any, unchanged.
    Weights: one slope a, or one for each channel.
    Errors:  slopes for each channel where channels are not first.
    Source:  He et al. 2015, arXiv:1502.01852.
    """

    each: ClassVar[Mapping[str, int]] = {"compare": 1, "multiply": 1}

    num_parameters: str = choice("1", "1", "channels", doc="One slope for all numbers, or one for each channel.")
    init: float = real(0.25, low=0.0, high=10.0, doc="What the slopes begin with.")

    def shape(self, x: Shape) -> Shape:
        x.as_real(self.title)
        if self.num_parameters == "channels":
            if not x.axes.startswith("C"):
                is_sequence = x.axes == "LC"
                raise ShapeError(
                    f"{self.title} with a slope for each channel expects channels first, got {x.described()}.",
                    f"Set num_parameters to 1{', or insert a Permute to CL before it' if is_sequence else ''}.",
                    parameter="num_parameters",
                    kind="rank",
                    fixes=(set_to(num_parameters="1"), *((insert("permute", order="CL"),) if is_sequence else ())),
                )
            self._slopes(x)
        return x

    def weights(self, x: Shape) -> dict[str, Shape]:
        return {"weight": Shape(self._slopes(x))}

    def operations(self, x: Shape) -> dict[str, Size]:
        return {kind: x.numel * count for kind, count in self.each.items()}

    def module(self, x: Shape) -> str:
        slopes = self._slopes(x)
        return call_with(self, "nn.PReLU", *((slopes,) if slopes > 1 else ()), skip=("num_parameters",))

    def summary(self) -> str:
        return "PReLU" if self.num_parameters == "1" else "PReLU by channel"

    def _slopes(self, x: Shape) -> int:
        return 1 if self.num_parameters == "1" else known(x[0], self.title, "its number of channels")


@node_type("softmax", title="Softmax", example=(Shape(10),), stem="softmax", also=("probabilities", "softargmax"))
class Softmax(AlongAxis):
    """Turns scores into probabilities that sum to 1 along dim: exp(x) / Σ exp(x).

    CrossEntropyLoss wants the scores themselves: it has the softmax in it.

    Shape:   any, unchanged.
    Weights: none.
    Errors:  no axis of that letter.
    """

    keeps_input: ClassVar[bool] = False
    keeps_output: ClassVar[bool] = True


@node_type("log_softmax", title="Log softmax", torch_name="LogSoftmax", example=(Shape(10),))
class LogSoftmax(AlongAxis):
    """The logarithms of the softmax's probabilities along dim: x − ln Σ exp(x).

    Shape:   any, unchanged.
    Weights: none.
    Errors:  no axis of that letter.
    """

    keeps_input: ClassVar[bool] = False
    keeps_output: ClassVar[bool] = True


@node_type("glu", title="Gated linear unit", torch_name="GLU", example=(Shape(10),), stem="glu", also=("gate",))
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
                kind="channels" if self.dim == "C" else "sizes",
                fixes=[
                    set_to(dim=axis) for axis, n in zip(x.axes, x, strict=True) if isinstance(n, int) and n % 2 == 0
                ],
            )
        return x.resized(*x[:place], size // 2, *x[place + 1 :])

    def size_sums(self, x: Shape) -> tuple[str, ...]:
        size = x[x.axes.index(self.dim)]
        return (f"{size}/2 = {size // 2}",)


@node_type("maxout", title="Maxout", example=(Shape(400),), stem="maxout", also=("linear pieces",))
class Maxout(NodeType):
    """Keeps the largest of several linear functions: max(w1ᵀx + b1, w2ᵀx + b2, …).

    It learns its own activation out of straight pieces and never dies as a ReLU can, for k times the weights.
    Over channels nothing is multiplied: of each group of k neighbouring channels the largest is kept, so that a
    convolution before it supplies the pieces.

    Shape:   over features: C -> out_features, or L × C -> L × out_features; over channels: any, with C / k channels.
    Weights: over features k · out_features · C, plus k · out_features with bias; over channels none.
    Errors:  over features neither a vector nor a sequence; over channels C that cannot be split into groups of k.
    Source:  Goodfellow et al. 2013, arXiv:1302.4389.
    """

    halved: ClassVar[Halved] = "within"
    keeps_output: ClassVar[bool] = True

    over: str = choice(
        "features", "features", "channels", doc="Learned linear pieces, or groups of channels as given."
    )
    pieces: int = integer(2, low=1, high=64, doc="How many pieces k the largest is taken of.")
    out_features: int = integer(128, low=1, high=WIDEST, doc="How many numbers come out, over features.")
    bias: bool = flag(True, doc="Add one learned offset to each piece, over features.")

    def shape(self, x: Shape) -> Shape:
        x.as_real(self.title)
        return self._of_channels(x) if self.over == "channels" else self._of_features(x)

    def weights(self, x: Shape) -> dict[str, Shape]:
        if self.over == "channels":
            return {}
        rows = self.pieces * self.out_features
        weight = Shape(rows, known(x[-1], self.title, "how many numbers come in"), axes="OI")
        return {"weight": weight} | ({"bias": Shape(rows)} if self.bias else {})

    def multiply_adds(self, x: Shape) -> Size:
        return 0 if self.over == "channels" else x.numel * self.pieces * self.out_features

    def operations(self, x: Shape) -> dict[str, Size]:
        return {"compare": self.shape(x).numel * (self.pieces - 1)}

    def kept_bytes(self, x: Shape) -> Size:
        return 0 if self.over == "channels" else self.shape(x).numel * self.pieces * 4

    def window(self, x: Shape) -> str | None:
        return EVERYTHING if self.over == "features" and x.axes == "C" else None

    def size_sums(self, x: Shape) -> tuple[str, ...]:
        if self.over == "features":
            rows = self.pieces * self.out_features
            return (f"{rows}/{self.pieces} = {self.out_features}",)
        channels = x[x.axes.index("C")]
        return (f"{channels}/{self.pieces} = {channels // self.pieces}",)

    def module(self, x: Shape) -> str:
        if self.over == "channels":
            return ""
        return call("nn.Linear", x[-1], self.pieces * self.out_features, **({} if self.bias else {"bias": False}))

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        [x] = inputs
        assert x is not None
        if self.over == "features":
            return f"{layer}({values[0]}).unflatten(-1, ({self.out_features}, {self.pieces})).amax(-1)"
        axis = x.axes.index("C") + 1
        return f"{values[0]}.unflatten({axis}, (-1, {self.pieces})).amax({axis + 1})"

    def summary(self) -> str:
        kind = f"{self.out_features}" if self.over == "features" else "channels"
        return f"max of {self.pieces} · {kind}"

    def _of_features(self, x: Shape) -> Shape:
        if x.axes not in ("C", "LC"):
            raise ShapeError(
                f"{self.title} over features expects a vector (C), got {x.described()}.",
                "Insert a Flatten before it, or set over to channels." if "C" in x.axes else "Feed it a vector.",
                parameter="over",
                kind="rank",
                fixes=(insert("flatten"), set_to(over="channels")) if "C" in x.axes else (),
            )
        known(x[-1], self.title, "how many numbers come in")
        return x.resized(*x[:-1], self.out_features)

    def _of_channels(self, x: Shape) -> Shape:
        if "C" not in x.axes:
            raise ShapeError(
                f"{self.title} over channels needs channels, got {x.described()}.",
                "Feed it a value with an axis C.",
                kind="rank",
            )
        place = x.axes.index("C")
        channels = known(x[place], self.title, "its number of channels")
        if channels % self.pieces:
            fitting = nearest_divisor(self.pieces, channels)
            raise ShapeError(
                f"{channels} channels cannot be split into groups of {self.pieces}.",
                f"Set pieces to {fitting}, or give the layer before it "
                f"{-(-channels // self.pieces) * self.pieces} channels.",
                parameter="pieces",
                kind="groups",
                fixes=(set_to(pieces=fitting),),
            )
        return x.resized(*x[:place], channels // self.pieces, *x[place + 1 :])
