"""What each optimizer can be asked for."""

from __future__ import annotations

from dataclasses import dataclass

from nodes.spec.settings import choice, flag, integer, real
from runtime.recipe_parts.words import ADAMS, BY_GRADIENT, given

GROUP = "Optimizer"


@dataclass(frozen=True)
class OptimizerSettings:
    """Settings of the optimizers, as PyTorch names them."""

    # fmt: off
    momentum: float = real(
        None, low=0.0, high=0.9999, doc="Share of the last step that is kept.", group=GROUP,
        when=given("optimizer", "SGD", "RMSprop"),
    )
    dampening: float = real(
        0.0, low=0.0, high=1.0, doc="Share of the gradient left out of the momentum.", group=GROUP,
        when=given("optimizer", "SGD"),
    )
    nesterov: bool = flag(
        False, doc="Look ahead along the momentum before each step.", group=GROUP, when=given("optimizer", "SGD")
    )
    beta1: float = real(
        0.9, low=0.0, high=0.9999, doc="Memory of the mean gradient.", group=GROUP,
        when=given("optimizer", *ADAMS),
    )
    beta2: float = real(
        0.999, low=0.0, high=0.999999, doc="Memory of the squared gradient.", group=GROUP,
        when=given("optimizer", *ADAMS),
    )
    alpha: float = real(
        0.99, low=0.0, high=0.999999, doc="Memory of the squared gradient (the lectures' decay).", group=GROUP,
        when=given("optimizer", "RMSprop"),
    )
    rho: float = real(
        0.9, low=0.0, high=0.999999, doc="Memory of the squared gradient and of the squared steps.", group=GROUP,
        when=given("optimizer", "Adadelta"),
    )
    eps: float = real(
        None, low=1e-16, high=1.0, logarithmic=True, doc="Keeps the division by the squared gradient finite.",
        group=GROUP, when=given("optimizer", "Adagrad", "Adadelta", "RMSprop", *ADAMS),
    )
    centered: bool = flag(
        False, doc="Divide by the deviation of the gradient instead of its size.", group=GROUP,
        when=given("optimizer", "RMSprop"),
    )
    amsgrad: bool = flag(
        False, doc="Divide by the largest squared gradient so far: AMSGrad.", group=GROUP,
        when=given("optimizer", "Adam", "AdamW"),
    )
    decoupled_weight_decay: bool = flag(
        False, doc="Pull the weights themselves, as AdamW does, not through the gradient.", group=GROUP,
        when=given("optimizer", "Adam", "NAdam", "RAdam"),
    )
    maximize: bool = flag(
        False, doc="Raise the loss instead of lowering it.", group=GROUP, when=given("optimizer", *BY_GRADIENT)
    )
    momentum_decay: float = real(
        0.004, low=0.0, high=1.0, logarithmic=True, doc="How fast the momentum comes up to beta1.", group=GROUP,
        when=given("optimizer", "NAdam"),
    )
    lr_decay: float = real(
        0.0, low=0.0, high=1.0, logarithmic=True, doc="Adagrad's own fall of the rate, by step.", group=GROUP,
        when=given("optimizer", "Adagrad"),
    )
    initial_accumulator_value: float = real(
        0.0, low=0.0, high=1e6, doc="What the sum of squared gradients begins with.", group=GROUP,
        when=given("optimizer", "Adagrad"),
    )
    max_iter: int = integer(
        20, low=1, high=10_000, doc="Iterations on each batch.", group=GROUP, when=given("optimizer", "LBFGS")
    )
    max_eval: int | None = integer(
        None, low=1, high=100_000, optional="max_iter · 5/4", doc="Times the loss is calculated on each batch.",
        group=GROUP, when=given("optimizer", "LBFGS"),
    )
    tolerance_grad: float = real(
        1e-7, low=0.0, high=1.0, logarithmic=True, doc="Ends a batch when no gradient is larger.", group=GROUP,
        when=given("optimizer", "LBFGS"),
    )
    tolerance_change: float = real(
        1e-9, low=0.0, high=1.0, logarithmic=True, doc="Ends a batch when loss and weights change less.",
        group=GROUP, when=given("optimizer", "LBFGS"),
    )
    history_size: int = integer(
        100, low=1, high=10_000, doc="Steps remembered for the curvature.", group=GROUP,
        when=given("optimizer", "LBFGS"),
    )
    line_search_fn: str | None = choice(
        None, "strong_wolfe", optional="none", doc="Looks for a good length along each direction.", group=GROUP,
        when=given("optimizer", "LBFGS"),
    )
    # fmt: on
