"""Rules for activations, sums of values, arithmetic of single numbers and what only acts while training."""

from __future__ import annotations

import math

from runtime.exchange.onnx.rules import NoRuleError, Place, rule

SAME = {
    "relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh", "mish": "Mish", "softsign": "Softsign",
    "hardswish": "HardSwish", "exp": "Exp", "log": "Log", "sqrt": "Sqrt", "negate": "Neg",
    "reciprocal": "Reciprocal", "abs": "Abs", "subtract": "Sub", "divide": "Div",
    "maximum": "Max", "minimum": "Min", "average": "Mean",
}  # fmt: skip
"""Node types that are an operator without attributes."""


@rule(*SAME)
def same(here: Place) -> str:
    if len(here.given) == 1 and here.settings.type_id in ("maximum", "minimum", "average"):
        return here.x
    return here.op(SAME[here.settings.type_id], *here.given)


@rule(
    "identity", "dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "stochastic_depth",
    "gaussian_noise", "gaussian_sample",
)  # fmt: skip
def passed(here: Place) -> str:
    """What does nothing after training is left out; a Gaussian sample gives its mean."""
    return here.x


@rule("drop_path")
def drop_path(here: Place) -> str:
    return here.op("Mean", *here.given) if len(here.given) > 1 else here.x


@rule("add", "multiply")
def of_many(here: Place) -> str:
    operator = {"add": "Add", "multiply": "Mul"}[here.settings.type_id]
    result = here.given[0]
    for number, other in enumerate(here.given[1:], start=2):
        result = here.op(operator, result, other, part="" if number == len(here.given) else f"x{number}")
    return result


@rule("add_scalar")
def add_scalar(here: Place) -> str:
    return here.op("Add", here.x, here.real(here.settings.other, "other"))


@rule("multiply_scalar")
def multiply_scalar(here: Place) -> str:
    return here.op("Mul", here.x, here.real(here.settings.other, "other"))


@rule("power")
def power(here: Place) -> str:
    return here.op("Pow", here.x, here.real(here.settings.exponent, "exponent"))


@rule("clamp")
def clamp(here: Place) -> str:
    ends = [
        None if end is None else here.real(end, name)
        for name, end in (("min", here.settings.min), ("max", here.settings.max))
    ]
    return here.op("Clip", here.x, *ends)


@rule("relu6")
def relu6(here: Place) -> str:
    return here.op("Clip", here.x, here.real(0.0, "min"), here.real(6.0, "max"))


@rule("hardtanh")
def hardtanh(here: Place) -> str:
    return here.op("Clip", here.x, here.real(here.settings.min_val, "min"), here.real(here.settings.max_val, "max"))


@rule("leaky_relu")
def leaky_relu(here: Place) -> str:
    return here.op("LeakyRelu", here.x, alpha=here.settings.negative_slope)


@rule("elu", "celu")
def elu(here: Place) -> str:
    return here.op({"elu": "Elu", "celu": "Celu"}[here.settings.type_id], here.x, alpha=here.settings.alpha)


@rule("selu")
def selu(here: Place) -> str:
    return here.op("Selu", here.x, alpha=1.6732632423543772, gamma=1.0507009873554805)


@rule("hardsigmoid")
def hardsigmoid(here: Place) -> str:
    return here.op("HardSigmoid", here.x, alpha=1 / 6, beta=0.5)


@rule("gelu")
def gelu(here: Place) -> str:
    if here.opset >= 20:
        return here.op("Gelu", here.x, approximate=here.settings.approximate)
    return gelu_of(here, here.x, here.settings.approximate)


def gelu_of(here: Place, x: str, approximate: str = "none", part: str = "") -> str:
    """GELU from smaller operators, for opsets that do not have it."""
    if here.opset >= 20:
        return here.op("Gelu", x, part=part, approximate=approximate)
    if approximate == "tanh":
        cube = here.op("Mul", here.op("Pow", x, here.real(3.0, "three"), part="cube"), here.real(0.044715, "c"),
                       part="scaled")  # fmt: skip
        inner = here.op("Mul", here.op("Add", x, cube, part="inner"), here.real(math.sqrt(2 / math.pi), "k"),
                        part="scaled")  # fmt: skip
        share = here.op("Tanh", inner, part="tanh")
    else:
        share = here.op("Erf", here.op("Div", x, here.real(math.sqrt(2), "root"), part="scaled"), part="erf")
    weighed = here.op("Mul", x, here.op("Add", share, here.real(1.0, "one"), part="share"), part="weighed")
    return here.op("Mul", weighed, here.real(0.5, "half"), part=part)


@rule("silu")
def silu(here: Place) -> str:
    return here.op("Mul", here.x, here.op("Sigmoid", here.x, part="sigmoid"))


@rule("softplus")
def softplus(here: Place) -> str:
    """Above the threshold PyTorch takes x itself; from 15 on float32 cannot tell the two apart by 1e-6."""
    beta = here.settings.beta
    if here.settings.threshold < 15:
        raise NoRuleError("a threshold that is seen")
    if beta == 1:
        return here.op("Softplus", here.x)
    scale = here.real(beta, "beta")
    inner = here.op("Softplus", here.op("Mul", here.x, scale, part="scaled"), part="softplus")
    return here.op("Div", inner, scale)


@rule("prelu")
def prelu(here: Place) -> str:
    assert here.layer is not None
    slope = here.layer.get_parameter("weight")
    ones = [1] * (len(here.shape) - 1)
    return here.op("PRelu", here.x, here.weight("weight", slope.view(-1, *ones) if here.shape else slope.view(())))


@rule("softmax", "log_softmax")
def softmax(here: Place) -> str:
    operator = {"softmax": "Softmax", "log_softmax": "LogSoftmax"}[here.settings.type_id]
    return here.op(operator, here.x, axis=here.at(here.settings.dim))


@rule("glu")
def glu(here: Place) -> str:
    axis = here.at(here.settings.dim)
    first, second = here.ops("Split", [here.x], ["value", "gate"], axis=axis, num_outputs=2)
    return here.op("Mul", first, here.op("Sigmoid", second, part="sigmoid"))


@rule("constant")
def constant(here: Place) -> str:
    assert here.layer is not None
    return here.weight("value", here.layer.get_buffer("value")[None])


@rule("parameter")
def parameter(here: Place) -> str:
    assert here.layer is not None
    return here.weight("value", here.layer.get_parameter("value")[None])


@rule("dot")
def dot(here: Place) -> str:
    product = here.op("Mul", *here.given, part="product")
    return here.op("ReduceSum", product, here.ints([1], "axes"), keepdims=0)
