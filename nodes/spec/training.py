"""NodeTraining: how the weights of one node begin and how they are trained, whatever its type."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from nodes.spec.settings import check_settings, choice, flag, real
from nodes.spec.shapes import Shape

INITIALIZATIONS = (
    "default",
    "normal",
    "xavier_uniform",
    "xavier_normal",
    "kaiming_uniform",
    "kaiming_normal",
    "orthogonal",
    "bilinear",
    "zeros",
    "constant",
)
LEAST_AXES = {"normal": 1, "zeros": 1, "constant": 1, "bilinear": 3}  # of a weight that can begin so; else two

PENALTIES = ("weight_decay", "l1", "max_norm")  # settings whose None is the recipe's, or that of a block around


@dataclass(frozen=True)
class NodeTraining:
    """What training is told about one node. On a block frozen, rate and penalties hold for all weights inside.

    Source:  Glorot & Bengio 2010 (Xavier), He et al. 2015 arXiv:1502.01852 (Kaiming), Saxe et al. 2014
             arXiv:1312.6120 (orthogonal), Long et al. 2015 arXiv:1411.4038 (bilinear).
    """

    weight_init: str = choice(
        "default",
        *INITIALIZATIONS,
        doc="How its weights begin; default: as PyTorch does. With bilinear, transposed convolutions begin as "
        "interpolation; it leaves layers that are no convolutions as PyTorch has them.",
    )
    weight_std: float = real(
        0.01,
        low=0.0,
        high=10.0,
        doc="σ of the small random numbers that weights of normal begin with.",
        advanced=True,
    )
    weight_value: float = real(0.0, low=-1e6, high=1e6, doc="What all weights of constant begin with.", advanced=True)
    bias_init: str = choice("default", "default", "zeros", "constant", doc="How its biases begin.")
    bias_value: float = real(0.0, low=-1e6, high=1e6, doc="What biases of constant begin with.", advanced=True)
    frozen: bool = flag(
        False,
        doc="Keep its weights and running averages as they are while the rest is trained. What has running averages "
        "works as in evaluation then; in a frozen block that includes its dropout.",
    )
    learning_rate_factor: float = real(
        1.0, low=0.0, high=1000.0, unit="×", logarithmic=True, doc="Its learning rate, as a multiple of the recipe's."
    )
    weight_decay: float | None = real(
        None, low=0.0, high=10.0, optional="the recipe's", logarithmic=True, doc="A weight decay (L2) of its own."
    )
    l1: float | None = real(
        None,
        low=0.0,
        high=10.0,
        optional="the recipe's",
        logarithmic=True,
        doc="A strength of L1 of its own. With a weight decay it makes an elastic net.",
        advanced=True,
    )
    max_norm: float | None = real(
        None,
        low=1e-6,
        high=1e6,
        optional="the recipe's",
        logarithmic=True,
        doc="Longest that the weights into one of its filters or units may become.",
        advanced=True,
    )

    def __post_init__(self) -> None:
        check_settings(self)

    def replaced(self, **changes: Any) -> NodeTraining:
        """The same with other settings. Raises SettingError."""
        return replace(self, **changes)

    @property
    def is_plain(self) -> bool:
        """Whether nothing was changed."""
        return self == PLAIN


PLAIN = NodeTraining()


def is_offset(name: str) -> bool:
    """Whether a weight of that name begins as bias_init says, not as weight_init."""
    return name.rpartition(".")[2].startswith("bias") or name.endswith("_bias")


def begins_so(method: str, shape: Shape) -> bool:
    """Whether a weight has enough axes to begin with a method; others begin as PyTorch has it."""
    return len(shape) >= LEAST_AXES.get(method, 2)
