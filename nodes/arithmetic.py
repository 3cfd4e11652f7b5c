"""Arithmetic: the single steps of computational graphs, values that come from no data, and chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from nodes.boundary import AXES_BY_KIND, axes_for
from nodes.spec.fixes import insert, set_to
from nodes.spec.node_type import Arithmetic, NodeType, node_type
from nodes.spec.settings import choice, dims, numbers, real
from nodes.spec.shapes import Shape, ShapeError
from nodes.spec.sizes import Size

INDEX_KINDS = ("index", "indices")
KINDS = [kind for kind in AXES_BY_KIND if kind not in INDEX_KINDS]


@dataclass(frozen=True)
class Source(NodeType):
    """A value that comes from no data. It has a batch axis of 1, which is repeated where it meets a batch."""

    keeps_input: ClassVar[bool] = False
    layer: ClassVar[str]
    kinds: ClassVar[Sequence[str]] = KINDS

    kind: str = choice("number", *KINDS, doc="What it is: a single number, a vector, an image C × H × W …")
    size: tuple[int, ...] = dims(names=False, doc="Sizes of the value; none for a single number.")
    value: tuple[float, ...] = numbers(
        1.0, low=-1e6, high=1e6, doc="One number for the whole value, or one for each place, row by row."
    )

    def shape(self) -> Shape:
        axes = axes_for(self.kind, self.size, self.kinds)
        shape = Shape(*self.size, axes=axes)
        if len(self.value) not in (1, shape.known_numel):
            raise ShapeError(
                f"{self.title} has {shape.known_numel} places, but {len(self.value)} numbers are given.",
                f"Set value to {shape.known_numel} numbers, or to one that is the same everywhere.",
                parameter="value",
                kind="setting",
                fixes=(set_to(value=self.value[:1] or (1.0,)),),
            )
        return shape

    def module(self) -> str:
        return f"{self.layer}({self._tensor(self.shape())})"

    def summary(self) -> str:
        if len(self.value) == 1:
            return f"{self.value[0]:g}" + (f" · {' × '.join(map(str, self.size))}" if self.size else "")
        return " ".join(f"{number:g}" for number in self.value[:4]) + (" …" if len(self.value) > 4 else "")

    def _tensor(self, shape: Shape) -> str:
        numbers = tuple(map(int, self.value)) if shape.values == "index" else self.value
        if len(numbers) == 1:
            return f"torch.full({self.size}, {numbers[0]!r})" if self.size else f"torch.tensor({numbers[0]!r})"
        return f"torch.tensor({_nested(numbers, self.size)})"


def _nested(values: Sequence[float], size: Sequence[int]) -> list[Any]:
    """The numbers row by row, in brackets."""
    if len(size) < 2:
        return list(values)
    step = len(values) // size[0]
    return [_nested(values[n : n + step], size[1:]) for n in range(0, len(values), step)]


@node_type("constant", title="Constant", example=(), also=("number", "literal", "fixed"))
class Constant(Source):
    """A fixed value, the same for every sample.

    In the source it has a batch axis of 1, so that adding it to or multiplying it with a batch repeats it.
    Values meet axis by axis: a constant for an image is C × H × W, where sizes of 1 are repeated.

    Indices are whole numbers that stand for classes, as an Embedding or a mask takes them.

    Shape:   as set, without the batch axis.
    Weights: none.
    Errors:  more or fewer sizes than the kind has; neither one number nor one for each place; indices that are no
             whole numbers.
    """

    layer: ClassVar[str] = "FixedValue"
    kinds: ClassVar[Sequence[str]] = tuple(AXES_BY_KIND)

    kind: str = choice("number", *AXES_BY_KIND, doc="What it is: a single number, a vector, an image C × H × W …")
    values: str = choice("real", "real", "index", doc="Real numbers, or whole numbers that stand for classes.")

    def shape(self) -> Shape:
        found = super().shape()
        if not self.is_index:
            return found
        part = next((number for number in self.value if not number.is_integer()), None)
        if part is not None:
            raise ShapeError(
                f"Indices are whole numbers, but value holds {part:g}.",
                "Give whole numbers, or set values to real.",
                parameter="value",
                kind="values",
                fixes=(set_to(value=tuple(float(int(number)) for number in self.value)),),
            )
        return Shape(*found, axes=found.axes, values="index")

    @property
    def is_index(self) -> bool:
        return self.values == "index" or self.kind in INDEX_KINDS

    def buffers(self) -> dict[str, Shape]:
        return {"value": self.shape()}


@node_type(
    "parameter", title="Parameter", example=(), stem="w", also=("learned", "weight", "variable", "class token")
)
class Parameter(Source):
    """A learned value, the same for every sample: a weight of a computational graph, or learned positions.

    In the source it has a batch axis of 1, so that adding it to or multiplying it with a batch repeats it.

    Shape:   as set, without the batch axis.
    Weights: as many as it has places.
    Errors:  more or fewer sizes than the kind has; neither one number nor one for each place.
    """

    layer: ClassVar[str] = "LearnedValue"

    def weights(self) -> dict[str, Shape]:
        return {"value": self.shape()}


@dataclass(frozen=True)
class OfNumbers(NodeType):
    """A function of every single number; the shape stays."""

    sort: ClassVar[str] = "multiply"
    source: ClassVar[str]  # of the call, with x for the value

    def shape(self, x: Shape) -> Shape:
        return x.as_real(self.title)

    def operations(self, x: Shape) -> dict[str, Size]:
        return {self.sort: x.numel}

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        return self.source.format(x=values[0])

    def summary(self) -> str:
        return self.source.format(x="x")


@node_type("exp", title="Exponential", torch_name="Exp", example=(Shape(10),), also=("e to the x",))
class Exp(OfNumbers):
    """Raises e to every number: exp(x). Its gradient is its own output.

    Shape:   any, unchanged.
    Weights: none.
    """

    keeps_input: ClassVar[bool] = False
    keeps_output: ClassVar[bool] = True
    sort: ClassVar[str] = "exp"
    source: ClassVar[str] = "{x}.exp()"


@node_type("log", title="Logarithm", torch_name="Log", example=(Shape(10),), also=("ln", "logarithm"))
class Log(OfNumbers):
    """Takes the natural logarithm: ln x. At 0 it is −∞, below 0 not a number; its gradient is 1/x.

    Shape:   any, unchanged.
    Weights: none.
    """

    sort: ClassVar[str] = "exp"
    source: ClassVar[str] = "{x}.log()"


@node_type("sqrt", title="Square root", torch_name="Sqrt", example=(Shape(10),), also=("root",))
class Sqrt(OfNumbers):
    """Takes the square root. Below 0 it is not a number; at 0 its gradient 1/(2√x) is infinite.

    Shape:   any, unchanged.
    Weights: none.
    """

    keeps_input: ClassVar[bool] = False
    keeps_output: ClassVar[bool] = True
    source: ClassVar[str] = "{x}.sqrt()"


@node_type("negate", title="Negate", example=(Shape(10),), also=("minus", "sign"))
class Negate(OfNumbers):
    """Changes the sign: −x. It sends the gradient back with its sign changed.

    Shape:   any, unchanged.
    Weights: none.
    """

    keeps_input: ClassVar[bool] = False
    source: ClassVar[str] = "-{x}"


@node_type("reciprocal", title="Reciprocal", example=(Shape(10),), also=("inverse", "1/x", "one over"))
class Reciprocal(OfNumbers):
    """Divides 1 by every number: 1/x. Its gradient is −1/x².

    Shape:   any, unchanged.
    Weights: none.
    """

    keeps_input: ClassVar[bool] = False
    keeps_output: ClassVar[bool] = True
    source: ClassVar[str] = "{x}.reciprocal()"

    def summary(self) -> str:
        return "1 / x"


@node_type("abs", title="Absolute value", torch_name="Abs", example=(Shape(10),), also=("magnitude",))
class Abs(OfNumbers):
    """Drops the sign: |x|. Its gradient is the sign.

    Shape:   any, unchanged.
    Weights: none.
    """

    source: ClassVar[str] = "{x}.abs()"


@node_type("power", title="Power", example=(Shape(10),), also=("square", "exponent", "pow"))
class Power(OfNumbers):
    """Raises every number to a power: x², or x to any exponent. Its gradient is exponent · x^(exponent − 1).

    With an exponent that is not whole, a number below 0 has no power.

    Shape:   any, unchanged.
    Weights: none.
    """

    exponent: float = real(2.0, low=-100.0, high=100.0, doc="The power: 2 squares, 0.5 takes the root.")

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        return f"{values[0]} ** {self.exponent!r}"

    def summary(self) -> str:
        return f"x^{self.exponent:g}"


@node_type("clamp", title="Clamp", example=(Shape(10),), also=("clip", "limit"))
class Clamp(OfNumbers):
    """Cuts off what lies below min or above max; there no gradient passes.

    Shape:   any, unchanged.
    Weights: none.
    Errors:  neither min nor max is set; min above max.
    """

    min: float | None = real(0.0, low=-1e6, high=1e6, optional="no limit", doc="The lowest value that is kept.")
    max: float | None = real(1.0, low=-1e6, high=1e6, optional="no limit", doc="The highest value that is kept.")

    sort: ClassVar[str] = "compare"

    def shape(self, x: Shape) -> Shape:
        if self.min is None and self.max is None:
            raise ShapeError(
                "Clamp has no limit.",
                "Set min, max or both.",
                parameter="min",
                kind="setting",
                fixes=(set_to(min=0.0),),
            )
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ShapeError(
                f"Clamp has min {self.min:g} above max {self.max:g}.",
                f"Set max to {self.min:g} or more.",
                parameter="max",
                kind="setting",
                fixes=(set_to(min=self.max, max=self.min),),
            )
        return super().shape(x)

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        if inputs and inputs[0] is not None:
            self.shape(inputs[0])  # PyTorch takes limits that cross
        limits = [f"{name}={limit!r}" for name, limit in (("min", self.min), ("max", self.max)) if limit is not None]
        return f"{values[0]}.clamp({', '.join(limits)})"

    def summary(self) -> str:
        return " … ".join("" if limit is None else f"{limit:g}" for limit in (self.min, self.max))


@node_type("add_scalar", title="Add a number", torch_name="AddScalar", example=(Shape(10),), also=("plus", "offset"))
class AddScalar(OfNumbers):
    """Adds a fixed number to every number: x + 1, as in the sigmoid 1 / (1 + e^(−x)).

    Shape:   any, unchanged.
    Weights: none.
    """

    keeps_input: ClassVar[bool] = False
    sort: ClassVar[str] = "add"

    other: float = real(1.0, low=-1e6, high=1e6, doc="The number that is added.")

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        return f"{values[0]} + {self.other!r}"

    def summary(self) -> str:
        return f"x {'−' if self.other < 0 else '+'} {abs(self.other):g}"


@node_type(
    "multiply_scalar",
    title="Multiply by a number",
    torch_name="MultiplyScalar",
    example=(Shape(10),),
    also=("scale",),
)
class MultiplyScalar(OfNumbers):
    """Multiplies every number by a fixed one; the gradient is multiplied by it too.

    Shape:   any, unchanged.
    Weights: none.
    """

    keeps_input: ClassVar[bool] = False

    other: float = real(1.0, low=-1e6, high=1e6, doc="The factor.")

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        return f"{values[0]} * {self.other!r}"

    def summary(self) -> str:
        return f"{self.other:g} · x"


@node_type(
    "dot", title="Dot product", torch_name="Dot", example=(Shape(10), Shape(10)), also=("inner product", "wᵀx")
)
class Dot(NodeType):
    """Multiplies two vectors number by number and adds up: Σ x1·x2, the score of a linear classifier.

    Shape:   C and C -> one number.
    Weights: none. Multiply-adds: C.
    Errors:  not vectors; vectors of different lengths.
    """

    def shape(self, x1: Shape, x2: Shape) -> Shape:
        for port, x in (("x1", x1), ("x2", x2)):
            if x.as_real(self.title).axes != "C":
                raise ShapeError(
                    f"Dot product expects vectors, got {x.described()}.",
                    "Insert a Flatten before it.",
                    port=port,
                    kind="rank",
                    fixes=(insert("flatten", port=port),) if x else (),
                )
        if x1 != x2:
            raise ShapeError(
                f"Dot product needs vectors of one length, got {x1} and {x2}.",
                f"Give x2 {x1} numbers.",
                port="x2",
                kind="sizes",
                fixes=(insert("linear", port="x2", out_features=x1[0]),) if x1.is_known else (),
            )
        return Shape()

    def multiply_adds(self, x1: Shape, x2: Shape) -> Size:
        return x1.numel

    def size_sums(self, x1: Shape, x2: Shape) -> tuple[str, ...]:
        return (f"{x1[0]} products, added up = 1",)

    def work_sums(self, x1: Shape, x2: Shape) -> tuple[str, ...]:
        return (f"{x1[0]} · 1 = {x1[0]}",)

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        return f"({values[0]} * {values[1]}).sum(dim=1)"

    def summary(self) -> str:
        return "Σ x1·x2"


@node_type(
    "gaussian_sample",
    title="Sample from a Gaussian",
    torch_name="GaussianSample",
    example=(Shape(20), Shape(20)),
    stem="sample",
    also=("reparameterise", "reparameterize", "VAE", "variational", "latent", "reparameterization trick", "sampling"),
)
class GaussianSample(NodeType):
    """Draws each number from a normal distribution with the mean and variance given: mean + e^(log_variance / 2) · ε.

    The chance stands apart in ε, so gradients reach mean and log_variance: the reparameterisation of a variational
    autoencoder. In evaluation it gives the mean.

    Shape:   that of both inputs.
    Weights: none.
    Errors:  mean and log_variance of different shapes.
    Source:  Kingma & Welling 2014, arXiv:1312.6114.
    """

    keeps_input: ClassVar[bool] = False

    def shape(self, mean: Shape, log_variance: Shape) -> Shape:
        log_variance.as_real(self.title)
        if mean.as_real(self.title) != log_variance:
            raise ShapeError(
                f"Each mean needs a variance of its own, got {mean.described()} and {log_variance.described()}.",
                f"Give log_variance the shape {mean}.",
                port="log_variance",
                kind="sizes",
                fixes=(insert("linear", port="log_variance", out_features=mean[0]),)
                if mean.axes == log_variance.axes == "C" and mean.is_known
                else (),
            )
        return mean

    def operations(self, mean: Shape, log_variance: Shape) -> dict[str, Size]:
        return {"exp": mean.numel, "multiply": mean.numel, "add": mean.numel}

    def kept_bytes(self, mean: Shape, log_variance: Shape) -> Size:
        return 2 * mean.bytes  # the noise and the deviations

    def arithmetic(self, mean: Shape, log_variance: Shape) -> tuple[Arithmetic, ...]:
        return (Arithmetic("Sample", ("mean + e^(log_variance / 2) · ε, with ε from N(0, 1)",)),)

    def module(self, mean: Shape, log_variance: Shape) -> str:
        return "GaussianSample()"

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        if len(inputs) == 2 and inputs[0] is not None and inputs[1] is not None:
            self.shape(inputs[0], inputs[1])  # PyTorch would repeat an axis of 1
        return f"{layer}({values[0]}, {values[1]})"

    def summary(self) -> str:
        return "mean + σ·ε"
