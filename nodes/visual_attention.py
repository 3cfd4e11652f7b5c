"""Attention in pictures: which places, which channels, which part of an image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from nodes.spec.fixes import insert
from nodes.spec.node_type import EVERYTHING, Arithmetic, NodeType, call, node_type
from nodes.spec.settings import choice, flag, integer, size
from nodes.spec.shapes import Shape, ShapeError, known
from nodes.spec.sizes import Size, spaced
from nodes.spec.sums import product


@node_type(
    "soft_spatial_attention",
    title="Soft spatial attention",
    torch_name="SoftSpatialAttention",
    example=(Shape(64, 7, 7), Shape(128)),
    stem="attend",
    family="attention",
    also=("captioning", "show, attend and tell", "soft attention"),
)
class SoftSpatialAttention(NodeType):
    """Looks at a picture as a state asks for: a weighted mean of its places, and the weights themselves.

    Each place a is scored against the state h by w·tanh(W_a·a + W_h·h); the softmax of all scores are the weights.

    Shape:   C × H × W and a state S -> context C, weights H × W.
    Weights: (C + 1 + S + 1 + 1) · attention_size + 1.
    Errors:  not an image; a state that is no vector.
    Source:  Xu et al. 2015, arXiv:1502.03044, section 3.1.2; additive scores: Bahdanau et al. 2014, arXiv:1409.0473.
    """

    keeps_output: ClassVar[bool] = True

    attention_size: int = integer(256, low=1, high=65536, doc="Numbers in which places and state are compared.")

    def outputs(self) -> tuple[str, ...]:
        return ("context", "weights")

    def shape(self, x: Shape, state: Shape) -> dict[str, Shape]:
        channels, height, width = x.as_image(self.title)
        require_vector(self.title, state, "state")
        return {
            "context": Shape(known(channels, self.title, "its number of channels")),
            "weights": Shape(height, width, axes="HW"),
        }

    def weights(self, x: Shape, state: Shape) -> dict[str, Shape]:
        inner = self.attention_size
        sizes = {"features": (inner, x[0]), "state": (inner, state[0]), "score": (1, inner)}
        named: dict[str, Shape] = {}
        for name, rows in sizes.items():
            named |= {f"{name}.weight": Shape(*rows, axes="OI"), f"{name}.bias": Shape(rows[0])}
        return named

    def multiply_adds(self, x: Shape, state: Shape) -> Size:
        places = x[1] * x[2]
        return places * (x[0] * self.attention_size + self.attention_size + x[0]) + state[0] * self.attention_size

    def operations(self, x: Shape, state: Shape) -> Mapping[str, Size]:
        places = x[1] * x[2]
        return {"add": places * self.attention_size, "exp": places * (2 * self.attention_size + 1)}

    def kept_bytes(self, x: Shape, state: Shape) -> Size:
        return x[1] * x[2] * 4 * (self.attention_size + x[0])  # what tanh gave, and the places in another order

    def window(self, *inputs: Shape) -> str:
        return EVERYTHING

    def arithmetic(self, x: Shape, state: Shape) -> tuple[Arithmetic, ...]:
        count = sum(weight.known_numel for weight in self.weights(x, state).values())
        line = f"({x[0]} + 1 + {state[0]} + 1 + 1) · {self.attention_size} + 1 = {spaced(count)}"
        return (Arithmetic("Weights", (line,)),)

    def size_sums(self, x: Shape, state: Shape) -> tuple[str, ...]:
        return (f"{product(x[1:])} places, each of {x[0]}, become one",)

    def module(self, x: Shape, state: Shape) -> str:
        return call("SoftSpatialAttention", x[0], state[0], self.attention_size)

    def picked(self, output: str, result: str) -> str:
        return f"{result}[{self.outputs().index(output)}]"

    def summary(self) -> str:
        return f"compared in {self.attention_size}"


@node_type(
    "squeeze_excitation",
    title="Squeeze-and-excitation",
    torch_name="SqueezeExcitation",
    example=(Shape(64, 14, 14),),
    stem="squeeze",
    family="attention",
    also=("channel attention", "SENet"),
)
class SqueezeExcitation(NodeType):
    """Weighs the channels of an image by what the whole image shows.

    The mean of each channel goes through two small layers; what comes out, 0 to 1, is the channel's new factor.

    Shape:   C × H × W, unchanged.
    Weights: 2·C·squeeze_channels + squeeze_channels + C, as two 1 × 1 convolutions.
    Errors:  not an image.
    Source:  Hu et al. 2017, arXiv:1709.01507.
    """

    squeeze_channels: int | None = integer(
        None, low=1, high=65536, optional="C / 16", doc="Numbers between the two layers."
    )
    activation: str = choice("ReLU", "ReLU", "SiLU", doc="Between the two layers.", advanced=True)
    scale_activation: str = choice(
        "Sigmoid", "Sigmoid", "Hardsigmoid", doc="Brings the factors to 0 to 1.", advanced=True
    )

    def shape(self, x: Shape) -> Shape:
        known(x.as_image(self.title).channels, self.title, "its number of channels")
        return x

    def weights(self, x: Shape) -> dict[str, Shape]:
        channels, inner = self._sizes(x)
        return {
            "fc1.weight": Shape(inner, channels, 1, 1, axes="OIHW"),
            "fc1.bias": Shape(inner),
            "fc2.weight": Shape(channels, inner, 1, 1, axes="OIHW"),
            "fc2.bias": Shape(channels),
        }

    def multiply_adds(self, x: Shape) -> Size:
        channels, inner = self._sizes(x)
        return 2 * channels * inner

    def operations(self, x: Shape) -> Mapping[str, Size]:
        return {"add": x.numel, "multiply": x.numel, "exp": x[0]}

    def kept_bytes(self, x: Shape) -> Size:
        channels, inner = self._sizes(x)
        outside = 3 if self.scale_activation == "Hardsigmoid" else 2  # its gradient needs what it reads
        between = 2 if self.activation == "SiLU" else 1
        return 4 * (outside * channels + between * inner)

    def window(self, x: Shape) -> str:
        return EVERYTHING

    def arithmetic(self, x: Shape) -> tuple[Arithmetic, ...]:
        channels, inner = self._sizes(x)
        count = spaced(2 * channels * inner + inner + channels)
        return (Arithmetic("Weights", (f"2 · {channels} · {inner} + {inner} + {channels} = {count}",)),)

    def module(self, x: Shape) -> str:
        built = call("ops.SqueezeExcitation", *self._sizes(x)).removesuffix(")")
        if self.activation != "ReLU":
            built += f", activation=nn.{self.activation}"
        if self.scale_activation != "Sigmoid":
            built += f", scale_activation=nn.{self.scale_activation}"
        return f"{built})"

    def summary(self) -> str:
        return f"through {self.squeeze_channels or 'C / 16'}"

    def _sizes(self, x: Shape) -> tuple[int, int]:
        channels = known(x[0], self.title, "its number of channels")
        return channels, self.squeeze_channels or max(1, channels // 16)


@node_type(
    "spatial_transformer",
    title="Spatial transformer",
    torch_name="SpatialTransformer",
    example=(Shape(1, 28, 28), Shape(6)),
    stem="transform",
    family="attention",
    also=("affine grid", "grid sample", "warp", "sampling", "STN"),
)
class SpatialTransformer(NodeType):
    """Turns, scales and shifts an image as six numbers say, so that a network can learn where to look.

    Place (x, y) of the output shows what stands at (θ1·x + θ2·y + θ3, θ4·x + θ5·y + θ6) of the input, both
    counted from −1 to 1. Let the layer before begin with zeros and turn from_identity on: then it begins with the
    picture as it is.

    Shape:   C × H × W and theta 6 -> C × H' × W' as set, or C × H × W.
    Weights: none.
    Errors:  not an image; theta is not six numbers.
    Source:  Jaderberg et al. 2015, arXiv:1506.02025.
    """

    size: tuple[int, int] | None = size(
        None, low=1, high=16384, unit="px", optional="as the input", doc="Height × width of the output."
    )
    mode: str = choice("bilinear", "bilinear", "nearest", "bicubic", doc="How values between pixels are found.")
    padding_mode: str = choice("zeros", "zeros", "border", "reflection", doc="What stands outside the image.")
    align_corners: bool = flag(
        False, doc="−1 and 1 are the centres of the corner pixels, and not their outer edges.", advanced=True
    )
    from_identity: bool = flag(
        False, doc="Theta says how far to go from the picture as it is: six zeros leave it unchanged."
    )

    def shape(self, x: Shape, theta: Shape) -> Shape:
        channels, height, width = x.as_image(self.title)
        require_vector(self.title, theta, "theta")
        if theta[0] != 6:
            raise ShapeError(
                f"{self.title} takes six numbers for theta, got {theta[0]}.",
                "Set out_features of the Linear layer before it to 6.",
                port="theta",
                kind="sizes",
                fixes=(insert("linear", port="theta", out_features=6),),
            )
        return Shape(channels, *(self.size or (height, width)))

    def operations(self, x: Shape, theta: Shape) -> Mapping[str, Size]:
        taps = {"nearest": 1, "bilinear": 4, "bicubic": 16}[self.mode]
        each = {"multiply": x[0] * taps + 6, "add": x[0] * (taps - 1) + 4}  # six and four for the place it looks at
        return {kind: self._places(x, theta) * count for kind, count in each.items()}

    def size_sums(self, x: Shape, theta: Shape) -> tuple[str, ...]:
        return tuple(f"{side} → {to}" for side, to in zip(x[1:], self.shape(x, theta)[1:], strict=True))

    def kept_bytes(self, x: Shape, theta: Shape) -> Size:
        return self._places(x, theta) * 8  # the grid

    def window(self, *inputs: Shape) -> str:
        return EVERYTHING

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        x, theta = values
        matrix = f"{theta} + {theta}.new_tensor([1, 0, 0, 0, 1, 0])" if self.from_identity else theta
        matrix = f"({matrix})" if self.from_identity else matrix
        result = f"(*{x}.shape[:2], {self.size[0]}, {self.size[1]})" if self.size else f"{x}.shape"
        corners = f"align_corners={self.align_corners!r}"
        grid = f"F.affine_grid({matrix}.unflatten(1, (2, 3)), {result}, {corners})"
        return f"F.grid_sample({x}, {grid}, {self.mode!r}, {self.padding_mode!r}, {corners})"

    def summary(self) -> str:
        return f"{self.mode}{f' · {self.size[0]}×{self.size[1]}' if self.size else ''}"

    def _places(self, x: Shape, theta: Shape) -> Size:
        _, height, width = self.shape(x, theta)
        return height * width


def require_vector(title: str, got: Shape, port: str) -> None:
    got.as_real(title)
    if got.axes != "C":
        raise ShapeError(
            f"{title} takes a vector at {port}, got {got.described()}.",
            "Put a Flatten before it.",
            port=port,
            kind="rank",
            fixes=(insert("flatten", port=port),),
        )
    known(got[0], title, f"how many numbers {port} has")
