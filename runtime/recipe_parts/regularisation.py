"""Settings of regularisation."""

from __future__ import annotations

from dataclasses import dataclass

from nodes.spec.settings import flag, real

GROUP = "Regularisation"


@dataclass(frozen=True)
class RegularisationSettings:
    """What keeps weights small."""

    # fmt: off
    weight_decay: float = real(
        None, low=0.0, high=10.0, logarithmic=True, group=GROUP,
        doc="Pull of all weights towards zero: the strength of L2. With l1 it makes an elastic net.",
    )
    l1: float = real(
        0.0, low=0.0, high=10.0, logarithmic=True, group=GROUP,
        doc="Even pull of all weights towards zero, which makes many of them vanish: the strength of L1.",
    )
    decay_biases: bool = flag(
        True, doc="L2 and L1 pull biases and weights of normalisations too, as PyTorch does.", group=GROUP
    )
    max_norm: float | None = real(
        None, low=1e-6, high=1e6, logarithmic=True, optional="off", group=GROUP,
        doc="Longest that the weights into one filter or unit may become; 3 to 4 is usual.",
    )
    # fmt: on
